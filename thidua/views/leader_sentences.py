"""Who led, in a sentence: heads and deputies of a cluster in a year, its heads by year, or what a unit led."""

from thidua.views.told import LISTED, Part, Sentence, Told, grouped, spans, text


def led(told: Told) -> Sentence:
    """Who led: of a unit what it led; of a cluster in a year its head and deputies; else heads by year."""
    if "province" in told.asked:
        return led_by(told)
    if "on" in told.asked:
        return _on_a_day(told)
    if "cluster" not in told.asked:
        return _heads_of_all(told) if told.years and len(told.years) == 1 else []
    if told.years and len(told.years) == 1:
        return _edition(told)
    return _heads_by_year(told)


def _edition(told: Told) -> Sentence:
    year, cluster = told.years[0] if told.years else 0, told.thing("cluster")
    roles = grouped(told.rows, "role")
    heads = grouped(roles.get(("head",), []), "province")
    deputies = [told.part(row, "province") for row in roles.get(("deputy",), [])]
    if len(heads) == 1:
        (rows,) = heads.values()
        made = [
            Part(told.pick(f"Năm {year}, ", "")), told.part(rows[0], "province"),
            Part(told.pick(" là cụm trưởng cụm ", " led ")), cluster, Part(told.pick("", f" in {year}")),
        ]  # fmt: skip
        certain = told.sure(rows)
    elif heads:
        number = len(heads)
        start = told.pick(f"Các nguồn nêu {number} cụm trưởng năm {year} của cụm ", f"Sources name {number} heads of ")
        made = [Part(start),
                cluster, Part(told.pick(": ", f" in {year}: "))]  # fmt: skip
        made += told.joined(
            [[told.part(rows[0], "province"), Part(f" ({told.sure(rows)})")] for rows in heads.values()]
        )
        certain = ""
    else:
        made = [Part(told.pick(f"Không nguồn nào nêu cụm trưởng năm {year} của cụm ", "No source names the head of ")),
                cluster, Part(told.pick("", f" in {year}"))]  # fmt: skip
        certain = told.sure(told.rows)
    if deputies:
        several = len(set(deputies)) > 1
        made += [Part(told.pick(", cụm phó là ", ", deputies " if several else ", deputy ")), *told.listed(deputies)]
    return [*made, Part(f"; {certain}")] if certain else made


def _heads_by_year(told: Told) -> Sentence:
    heads = grouped((row for row in told.rows if text(row, "role") in ("head", "")), "year")
    if not heads:
        return []
    span = f" {told.span}" if told.span else ""
    made = [
        Part(told.pick("Cụm trưởng đã biết của cụm ", "The known heads of ")),
        told.thing("cluster"),
        Part(f"{span}: "),
    ]
    pieces: list[Sentence] = []
    for (year,), rows in heads.items():
        units = [
            [told.part(same[0], "province"), Part(told.doubt(same))] for same in grouped(rows, "province").values()
        ]
        pieces.append([Part(f"{year} "), *told.joined(units, "/")])
    made += told.joined(pieces, "; ")
    if told.years and (silent := [year for year in told.years if (str(year),) not in heads]):
        made.append(Part(told.pick(". Không nguồn nào nêu cụm trưởng năm ", ". No source names the head of ")))
        made.append(Part(spans(silent)))
    return made


def _heads_of_all(told: Told) -> Sentence:
    heads = grouped((row for row in told.rows if text(row, "role") == "head"), "cluster")
    if not heads:
        return []
    made = [Part(told.pick(f"{told.span} đã biết cụm trưởng của {len(heads)} cụm: ",
                           f"{told.span}, heads of {told.count(len(heads), '', 'cluster')} are known: "))]  # fmt: skip
    pieces: list[Sentence] = []
    for rows in heads.values():
        units = [[told.part(same[0], "province")] for same in grouped(rows, "province").values()]
        possible = told.doubt(rows).strip(" ()")
        where = [
            Part(told.pick(" (cụm ", " (")),
            told.part(rows[0], "cluster"),
            Part(f", {possible})" if possible else ")"),
        ]
        pieces.append([*told.joined(units, "/"), *where])
    return made + told.joined(pieces)


def _on_a_day(told: Told) -> Sentence:
    if "cluster" not in told.asked:
        return []
    heads = grouped((row for row in told.rows if text(row, "role") == "head"), "province")
    if not heads:
        return []
    day = told.day(told.asked["on"])
    made = [Part(told.pick(f"Ngày {day}, cụm trưởng cụm ", "The head of ")), told.thing("cluster"),
            Part(told.pick(" là ", f" on {day}: "))]  # fmt: skip
    return made + told.joined(
        [[told.part(rows[0], "province"), Part(f" ({told.sure(rows)})")] for rows in heads.values()]
    )


def led_by(told: Told) -> Sentence:
    """What a unit led, and when."""
    if "province" not in told.asked:
        return []
    made, pieces = [told.thing("province"), Part(" ")], []
    for (role, _), rows in grouped(told.rows, "role", "cluster").items():
        years = grouped(rows, "year")
        dated = told.joined([[Part(f"{year}{told.doubt(same)}")] for (year,), same in list(years.items())[:LISTED]])
        vi, en = ("là cụm trưởng cụm ", "led ") if role == "head" else ("là cụm phó cụm ", "was deputy head of ")
        pieces.append([
            Part(told.pick(vi, en)),
            told.part(rows[0], "cluster"), Part(told.pick(" năm ", " in ")), *dated,
        ])  # fmt: skip
    return made + told.joined(pieces[:LISTED])
