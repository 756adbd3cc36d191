/* Giving in many files, only on top of a form that works without it: files and folders dropped anywhere on the page, texts and
   files pasted, the list of what was chosen, progress and a way to stop. form[data-files-most] marks the form. */
"use strict";
(function () {
  const form = document.querySelector("form[data-files-most]");
  if (!form) return;
  const input = form.querySelector('input[type="file"]'), text = form.querySelector("textarea");
  const zone = form.querySelector("[data-files-zone]"), hint = form.querySelector("[data-files-hint]");
  const list = form.querySelector("[data-files-list]"), said = form.querySelector("[data-files-said]");
  const run = form.querySelector("[data-files-run]"), bar = run.querySelector("progress"), stop = run.querySelector("button");
  const most = Number(form.dataset.filesMost), mostBytes = Number(form.dataset.filesBytes), shown = 50;
  let chosen = [], sending = null;

  const size = (bytes) => (bytes < 1048576 ? `${Math.max(1, Math.ceil(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
  const bytes = () => chosen.reduce((sum, file) => sum + file.size, 0);
  const tell = (words, bad) => { said.textContent = words; said.classList.toggle("tb-err", Boolean(bad)); };

  function keep() {
    const held = new DataTransfer();
    chosen.forEach((file) => held.items.add(file));
    input.files = held.files;
    list.textContent = "";
    chosen.slice(0, shown).forEach((file, n) => {
      const row = document.createElement("li"), name = document.createElement("span"), drop = document.createElement("button");
      name.textContent = `${file.name}（${size(file.size)}）`;
      drop.type = "button"; drop.className = "btn btn-sm btn-text"; drop.textContent = "去掉";
      drop.setAttribute("aria-label", `去掉 ${file.name}`);
      drop.addEventListener("click", () => { chosen.splice(n, 1); keep(); input.focus(); });
      row.append(name, drop); list.append(row);
    });
    list.hidden = !chosen.length;
    if (!chosen.length) { tell(""); return; }
    const more = chosen.length > shown ? `，下面列出前 ${shown} 个` : "";
    if (chosen.length > most) tell(`选了 ${chosen.length} 个文件，一次最多 ${most} 个，更多的请打成一个 ZIP。`, true);
    else if (bytes() > mostBytes) tell(`一共 ${size(bytes())}，一次最多 ${size(mostBytes)}，请分几次导入。`, true);
    else tell(`选了 ${chosen.length} 个文件，一共 ${size(bytes())}${more}。`);
  }
  function add(files) {
    const known = new Set(chosen.map((f) => `${f.name}|${f.size}|${f.lastModified}`));
    chosen = chosen.concat([...files].filter((f) => !f.name.startsWith(".") && !known.has(`${f.name}|${f.size}|${f.lastModified}`)));
    keep();
  }

  /* A folder is read level by level; links are not followed by the browser, so neither are they here. */
  async function filesOf(entry, into) {
    if (into.length > most) return;
    if (entry.isFile) {
      into.push(await new Promise((done, fail) => entry.file(done, fail)));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const part = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!part.length) return;
      for (const each of part) await filesOf(each, into);
    }
  }
  async function dropped(transfer) {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    const words = transfer.files.length ? "" : transfer.getData("text/plain");
    if (!entries.length) { if (words) paste(words); else add(transfer.files); return; }
    const found = [];
    tell("正在看里面有哪些文件……");
    try {
      for (const entry of entries) await filesOf(entry, found);
      add(found);
    } catch { tell("有的文件读不到，请检查后再拖一次。", true); }
  }
  function paste(words) {
    text.value = text.value ? `${text.value}\n${words}` : words;
    text.focus();
    tell(`粘贴了 ${words.length} 个字，在下面的文字框里。`);
  }

  hint.hidden = false;
  const page = document.documentElement;
  page.addEventListener("dragover", (e) => { e.preventDefault(); zone.classList.add("is-over"); });
  page.addEventListener("dragleave", (e) => { if (!e.relatedTarget) zone.classList.remove("is-over"); });
  page.addEventListener("drop", (e) => { e.preventDefault(); zone.classList.remove("is-over"); if (!sending) dropped(e.dataTransfer); });
  document.addEventListener("paste", (e) => {
    const held = e.clipboardData;
    if (sending || !held) return;
    if (held.files.length) { e.preventDefault(); add(held.files); return; }
    const typing = e.target.closest && e.target.closest("input, textarea, select");
    const words = held.getData("text/plain");
    if (!typing && words.trim()) { e.preventDefault(); paste(words); }
  });
  input.addEventListener("change", () => { if (input.files.length) { const files = [...input.files]; chosen = []; add(files); } });

  function rest(again) {
    sending = null; run.hidden = true; form.removeAttribute("aria-busy");
    form.querySelectorAll("[data-files-go]").forEach((b) => { b.disabled = false; });
    if (again) tell(again, true);
  }
  function answered(xhr) {
    if (xhr.status === 200 && xhr.responseURL && new URL(xhr.responseURL).pathname !== location.pathname) { location.assign(xhr.responseURL); return; }
    const held = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("main .tb-notice");
    rest(xhr.status === 413 ? "文件太大，没有收下。请分几次导入。" : held ? held.textContent.trim() : "没有收下，请再试一次。选的文件还在。");
  }
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    if (sending) return;
    if (!chosen.length && !text.value.trim()) { tell("请选择文件，或者粘贴文字。", true); input.focus(); return; }
    if (chosen.length > most || bytes() > mostBytes) { keep(); said.scrollIntoView({ block: "nearest" }); return; }
    const xhr = new XMLHttpRequest(), begun = Date.now();
    sending = xhr; run.hidden = false; form.setAttribute("aria-busy", "true");
    form.querySelectorAll("[data-files-go]").forEach((b) => { b.disabled = true; });
    bar.value = 0; tell("开始上传"); stop.focus();
    xhr.open("POST", form.action || location.href);
    xhr.upload.onprogress = (p) => {
      if (!p.lengthComputable) return;
      bar.value = (100 * p.loaded) / p.total;
      const left = Math.ceil(((Date.now() - begun) / Math.max(p.loaded, 1)) * (p.total - p.loaded) / 1000);
      tell(p.loaded < p.total ? `正在上传 ${size(p.loaded)} / ${size(p.total)}，约剩 ${left} 秒` : "已传完，正在收下……");
    };
    xhr.onload = () => answered(xhr);
    xhr.onerror = () => rest("网络断了，没有收下。选的文件还在，请再试一次。");
    xhr.onabort = () => rest("已取消，什么都没有收下。选的文件还在。");
    xhr.send(new FormData(form));
  });
  stop.addEventListener("click", () => { if (sending) sending.abort(); });
})();
