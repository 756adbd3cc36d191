/* Suggestions under a search box while one types, on top of a form that works without them: the address in
   data-suggest answers ?q= with links of role=option. Arrow keys choose, Enter follows, Escape closes. */
"use strict";
(function () {
  document.querySelectorAll("form[data-suggest]").forEach((form, n) => {
    const input = form.querySelector("input[type=search]");
    const list = document.createElement("div");
    let timer = 0, asked = "", at = -1;
    list.className = "tb-suggest";
    list.id = `suggest-${n}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.closest("label").innerText.trim() || form.getAttribute("aria-label") || input.placeholder);
    list.hidden = true;
    form.append(list);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) input.setAttribute(name, value);

    const options = () => [...list.querySelectorAll("[role=option]")];
    function show(open) {
      list.hidden = !open;
      input.setAttribute("aria-expanded", String(open));
      if (!open) mark(-1);
    }
    function mark(next) {
      at = next;
      options().forEach((o, i) => o.setAttribute("aria-selected", String(i === at)));
      if (at < 0) input.removeAttribute("aria-activedescendant");
      else input.setAttribute("aria-activedescendant", options()[at].id);
    }
    async function ask() {
      const text = input.value.trim();
      if (text === asked) return;
      asked = text;
      if (text.length < 2) { show(false); return; }
      try {
        const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(text)}`, { headers: { Accept: "text/html" } });
        if (!answer.ok || text !== asked) return;
        list.innerHTML = await answer.text();
        options().forEach((o, i) => { o.id = `${list.id}-${i}`; });
        show(options().length > 0);
        mark(-1);
      } catch { show(false); }
    }
    input.addEventListener("input", (e) => { if (!e.isComposing) { clearTimeout(timer); timer = setTimeout(ask, 160); } });
    input.addEventListener("compositionend", () => { clearTimeout(timer); timer = setTimeout(ask, 60); });
    input.addEventListener("keydown", (e) => {
      const all = options();
      if (e.isComposing || list.hidden || !all.length) return;
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        e.preventDefault();
        mark((at + (e.key === "ArrowDown" ? 1 : -1) + all.length + (at < 0 && e.key === "ArrowUp" ? 1 : 0)) % all.length);
      } else if (e.key === "Enter" && at >= 0) {
        e.preventDefault();
        all[at].click();
      } else if (e.key === "Escape") {
        e.preventDefault();
        show(false);
      }
    });
    form.addEventListener("focusout", (e) => { if (!form.contains(e.relatedTarget)) setTimeout(() => show(false), 120); });
  });
})();
