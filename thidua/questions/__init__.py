"""From typed words to rows to bytes: catalogue, parameters, evidence, formats. Not where it runs, no HTTP."""
