// Copies a key from the page "Clefs API"; where the clipboard is not allowed, selects it and copies the old way.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const key = document.querySelector(`[data-key="${button.dataset.copy}"]`);
  try {
    await navigator.clipboard.writeText(key.textContent);
  } catch {
    window.getSelection().selectAllChildren(key);
    document.execCommand("copy");
  }
  const label = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = label; }, 1500);
});
