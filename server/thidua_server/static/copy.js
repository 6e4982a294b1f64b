// "Copy" buttons: each stands beside the text that it copies. Without scripts the text can be selected.

for (const figure of document.querySelectorAll("figure[data-copy]")) {
  const button = figure.querySelector("button");
  const text = figure.querySelector("pre");
  const said = figure.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      said.textContent = figure.dataset.copy;
    } catch {
      // No permission, or no encrypted connection: then it is selected, for the reader's own keys.
      getSelection().selectAllChildren(text);
      text.focus();
    }
  });
}
