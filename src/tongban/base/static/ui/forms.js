/* Forms, only on top of what works without it: checks while typing, fields that depend on others, drafts that save
   themselves, uploads with progress, no second submit. Every server answer is text or a component of the kit. */
"use strict";
(function () {
  const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
  const token = (form) => (form.querySelector('[name="csrfmiddlewaretoken"]') || document.querySelector('[name="csrfmiddlewaretoken"]') || {}).value || "";

  /* -- signed out meanwhile: refused, not found (another's draft is) or led to the page that asks who one is -- */
  const lapsed = (status, elsewhere) => elsewhere || [401, 403, 404].includes(status);
  /* Signing in on another page makes this page's tokens worthless: they are taken anew. False while nobody is signed in. */
  async function renew() {
    try {
      const answer = await fetch(window.location.href, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return false;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector('[name="csrfmiddlewaretoken"]');
      all('[name="csrfmiddlewaretoken"]').forEach((e) => { if (fresh) e.value = fresh.value; });
      return Boolean(fresh);
    } catch { return false; }
  }

  /* -- checks as one types: say it when the person leaves the field, take it back as soon as it is right -- */
  function check(input) {
    const wrong = input.value.trim() ? window.tbChecks[input.dataset.check](input.value) : "";
    let line = input.parentElement.querySelector(".tb-live");
    if (!wrong && !line) return;
    if (!line) {
      line = document.createElement("p");
      line.className = "tb-live";
      line.id = `l-${input.name}`;
      line.setAttribute("role", "status");
      (input.closest(".tb-unit") || input).after(line);
      input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") || ""} ${line.id}`.trim());
    }
    line.textContent = wrong;
  }
  /* What changes the height of the page while a finger is on a button would move the button away from under it: it waits
     for the tap. `calmly` runs a task then, once however often it was asked for. */
  const waiting = new Map();
  let pressed = false;
  const run = () => { if (pressed) return; const tasks = [...waiting.values()]; waiting.clear(); tasks.forEach((task) => task()); };
  const soon = () => setTimeout(run, 300);
  const calmly = (key, task) => { waiting.set(key, task); soon(); };
  document.addEventListener("pointerdown", () => { pressed = true; }, true);
  ["pointerup", "pointercancel"].forEach((name) => document.addEventListener(name, () => { pressed = false; soon(); }, true));
  const watch = (root) => all("[data-check]", root).forEach((input) => {
    input.addEventListener("blur", () => calmly(input, () => check(input)));
    input.addEventListener("input", () => { const line = document.getElementById(`l-${input.name}`); if (line && line.textContent) check(input); });
  });
  watch(document);

  /* -- fields asked only when another has a value -- */
  function valuesOf(form, name) {
    return all(`[name="${CSS.escape(name)}"]`, form)
      .filter((e) => (e.type === "radio" || e.type === "checkbox" ? e.checked : true))
      .map((e) => e.value);
  }
  function settle(form) {
    all("[data-when-field]", form).forEach((field) => {
      const values = valuesOf(form, field.dataset.whenField);
      const { whenEquals, whenContains } = field.dataset;
      const asked = whenEquals !== undefined ? whenEquals.split("|").some((v) => values.includes(v)) : values.some((v) => v.includes(whenContains || ""));
      field.hidden = !asked;
      all("input, select, textarea", field).forEach((e) => { e.disabled = !asked; });
    });
  }
  all("form").forEach((form) => {
    if (!form.querySelector("[data-when-field]")) return;
    all("[data-when-said]", form).forEach((e) => { e.hidden = true; });
    settle(form);
    form.addEventListener("change", () => settle(form));
    form.addEventListener("input", () => settle(form));
  });

  /* -- tables: a row more or less at once; what the buttons would have asked of the server -- */
  all("fieldset[data-rows]").forEach((table) => {
    const rows = () => all(":scope > .tb-trow", table), name = table.dataset.rows;
    const add = table.querySelector(`:scope > button[value="add:${CSS.escape(name)}"]`);
    const blank = rows()[0] && rows()[0].cloneNode(true);
    if (!add || !blank) return;
    all(".tb-err, .tb-live, .tb-fill", blank).forEach((e) => e.remove());
    all(".has-error", blank).forEach((e) => e.classList.remove("has-error"));
    all("input, select, textarea", blank).forEach((e) => {
      e.removeAttribute("aria-invalid"); e.removeAttribute("aria-describedby");
      if (e.type === "radio" || e.type === "checkbox") e.removeAttribute("checked");
      else if (e.tagName === "SELECT") all("option", e).forEach((o) => o.removeAttribute("selected"));
      else if (e.tagName === "TEXTAREA") e.textContent = "";
      else e.setAttribute("value", "");
    });
    const number = () => {
      rows().forEach((row, n) => {
        row.querySelector(".n").textContent = String(n + 1);
        row.setAttribute("aria-label", row.getAttribute("aria-label").replace(/\d+(?=\D*$)/, String(n + 1)));
        all("[name],[id],[for],[aria-describedby]", row).forEach((e) => ["name", "id", "for", "aria-describedby"].forEach((a) => {
          const was = e.getAttribute(a);
          if (was && !was.startsWith("_")) e.setAttribute(a, was.replaceAll(new RegExp(`(^|[-\\s])${name}\\.\\d+\\.`, "g"), `$1${name}.${n}.`));
        }));
        const drop = row.querySelector('button[name="_do"]'), hidden = drop.querySelector(".visually-hidden");
        drop.value = `drop:${name}:${n}`;
        hidden.textContent = hidden.textContent.replace(/\d+/, String(n + 1));
        drop.disabled = rows().length <= Math.max(Number(table.dataset.least), 1);
      });
      add.disabled = rows().length >= Number(table.dataset.most);
    };
    const told = () => table.dispatchEvent(new Event("input", { bubbles: true }));
    table.addEventListener("click", (e) => {
      const button = e.target.closest('button[name="_do"]');
      if (!button || button.closest("fieldset[data-rows]") !== table || button.disabled) return;
      e.preventDefault();
      if (button === add) {
        const row = blank.cloneNode(true);
        add.before(row); number(); watch(row);
        const first = row.querySelector("input, select, textarea");
        if (first) first.focus();
      } else {
        button.closest(".tb-trow").remove(); number(); add.focus();
      }
      told();
    });
  });

  /* -- drafts: two seconds after the last key; files are not part of a draft -- */
  all("form[data-draft]").forEach((form) => {
    const status = form.querySelector("[data-draft-status]");
    let timer = 0, busy = false, again = false, out = false;
    const say = (text) => { if (status) status.textContent = text; };
    function post() {
      const data = new FormData(form);
      [...data.keys()].forEach((k) => { if (data.get(k) instanceof File) data.delete(k); });
      return fetch(form.dataset.draft, { method: "POST", body: data, headers: { "X-CSRFToken": token(form), Accept: "application/json" }, credentials: "same-origin" });
    }
    async function save() {
      if (busy) { again = true; return; }
      busy = true;
      try {
        let answer = await post();
        if (answer.status === 403 && await renew()) answer = await post();
        out = lapsed(answer.status, answer.redirected);
        if (out) say("登录已失效，请另开一页登录后再保存。您填的内容还在这一页，不要关闭页面。");
        else if (!answer.ok) throw new Error(String(answer.status));
        else { const { saved_at: at } = await answer.json(); say(`草稿已自动保存${at ? `，${at}` : ""}`); }
      } catch {
        say("没能自动保存。您填的内容还在这一页，请检查网络，不要关闭页面。");
      }
      busy = false;
      if (again) { again = false; save(); }
    }
    document.addEventListener("visibilitychange", () => { if (out && !document.hidden) save(); }); // back from signing in
    const later = () => { clearTimeout(timer); timer = setTimeout(save, 2000); };
    form.addEventListener("input", (e) => { if (e.target.type !== "file") later(); });
    form.addEventListener("submit", () => clearTimeout(timer));
  });

  /* -- uploads: a row with data-upload sends its files at once, one after the other, and is replaced by the row the server
     answers. A file that is refused keeps none of the others out; what was not sent is named. -- */
  const size = (bytes) => (bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
  const names = (files) => files.map((f) => f.name).join("、");
  async function send(row, files) {
    const input = row.querySelector('input[type="file"]'), drop = row.querySelector(".tb-drop"), body = row.querySelector("div");
    const said = row.querySelector("[data-upload-said]") || body.appendChild(Object.assign(document.createElement("p")));
    const note = said.textContent;
    said.setAttribute("role", "status");
    const bar = body.appendChild(Object.assign(document.createElement("progress"), { className: "tb-progress", max: 100, value: 0 }));
    const stop = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-text", textContent: "取消" });
    const before = row.querySelector(".tb-err");
    if (before) before.remove();
    row.classList.remove("is-bad", "is-ok"); row.classList.add("is-run");
    drop.hidden = true; body.append(stop);
    const wrong = [];
    let fresh = null, refused = null;
    for (const [n, file] of files.entries()) {
      const which = `${files.length > 1 ? `第 ${n + 1} 个，共 ${files.length} 个 · ` : ""}${file.name}`;
      bar.setAttribute("aria-label", `上传进度：${file.name}`);
      const move = () => transfer(row, input.name, file, stop, (percent, words) => { bar.value = percent; said.textContent = `${which} · ${words}`; });
      let answer = await move();
      if (answer.status === 403 && await renew()) answer = await move();
      if (answer.row) {
        fresh = answer.row;
        const error = fresh.querySelector(".tb-err");
        if (error) { refused = fresh; wrong.push(error.textContent); }
      } else {
        wrong.push(`${answer.ends ? names(files.slice(n)) : file.name}：${answer.words}`);
        if (answer.ends) break;
      }
    }
    bar.remove(); stop.remove();
    if (!fresh) { // nothing arrived: the row is what it was
      row.classList.remove("is-run");
      said.textContent = note; drop.hidden = false; input.value = "";
    } else {
      if (refused && refused !== fresh) lend(refused, fresh);
      row.replaceWith(fresh); ready(fresh);
    }
    tell(fresh || row, wrong);
  }
  /* One file on its way. Answers with the row of the server, or with words; `ends`: what comes after it would fare no better. */
  function transfer(row, name, file, stop, told) {
    const xhr = new XMLHttpRequest(), data = new FormData(), start = Date.now();
    data.append(name, file);
    xhr.open("POST", row.dataset.upload);
    xhr.setRequestHeader("X-CSRFToken", token(row.closest("form") || document));
    xhr.upload.onprogress = (e) => {
      if (!e.lengthComputable) return;
      const rest = Math.ceil(((Date.now() - start) / e.loaded) * (e.total - e.loaded) / 1000);
      told((100 * e.loaded) / e.total, e.loaded < e.total ? `正在上传 ${size(e.loaded)} / ${size(e.total)}，约剩 ${rest} 秒` : "已传完，正在查看内容");
    };
    told(0, "开始上传");
    stop.onclick = () => xhr.abort();
    return new Promise((done) => {
      xhr.onload = () => {
        const box = document.createElement("template");
        if (xhr.status >= 200 && xhr.status < 300) box.innerHTML = xhr.responseText.trim();
        const first = box.content.firstElementChild;
        if (first && first.matches(".tb-up")) done({ row: first });
        else if (xhr.status === 413) done({ words: "文件太大，没有收下。请压缩后再传。" });
        else if (lapsed(xhr.status, xhr.status === 200)) done({ words: "没有传，登录已失效，请另开一页登录后再传。", ends: true, status: xhr.status });
        else done({ words: "没有传成功，原来的文件还在。请再试一次。" });
      };
      xhr.onerror = () => done({ words: "网络断了，没有传成功。请再试一次。", ends: true });
      xhr.onabort = () => done({ words: "已取消上传。", ends: true });
      xhr.send(data);
    });
  }
  /* The last file was taken and an earlier one was not: the row still looks as one with an error, and asks for another file. */
  function lend(from, to) {
    to.className = from.className;
    to.querySelector(".i").replaceWith(from.querySelector(".i"));
    to.querySelector("h3").after(from.querySelector(".tb-err"));
    if (!to.querySelector(".tb-drop")) to.append(from.querySelector(".tb-drop"));
  }
  /* Every refusal in a line of its own; whoever hears the page hears the material and what is wrong with it. */
  function tell(row, wrong) {
    const heading = row.querySelector("h3"), input = row.querySelector('input[type="file"]');
    all(".tb-err", row).forEach((e) => e.remove());
    if (wrong.length) {
      row.classList.remove("is-ok", "is-todo"); row.classList.add("is-bad");
      const box = Object.assign(document.createElement("ul"), { className: "tb-err tb-bare", id: `e-${row.id.replace(/^u-/, "")}` });
      box.append(...[...new Set(wrong)].map((text) => Object.assign(document.createElement("li"), { textContent: text })));
      heading.after(box);
      heading.setAttribute("aria-describedby", box.id);
      if (input) { input.setAttribute("aria-invalid", "true"); input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") || ""} ${box.id}`.trim()); }
    }
    heading.tabIndex = -1; heading.focus();
  }
  function ready(row) {
    const input = row.querySelector('input[type="file"]'), drop = row.querySelector(".tb-drop");
    if (!input || !drop) return;
    const hint = drop.querySelector("[data-drop-said]");
    if (hint) hint.hidden = false;
    drop.addEventListener("dragover", (e) => { e.preventDefault(); drop.classList.add("is-over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("is-over"));
    drop.addEventListener("drop", (e) => {
      e.preventDefault(); drop.classList.remove("is-over");
      if (!e.dataTransfer.files.length) return;
      if (row.dataset.upload) send(row, [...e.dataTransfer.files]); else input.files = e.dataTransfer.files;
    });
    if (row.dataset.upload) input.addEventListener("change", () => { if (input.files.length) send(row, [...input.files]); });
  }
  all(".tb-up").forEach(ready);

  /* -- once: a second click does nothing; going back makes the form usable again -- */
  all("form[data-once]").forEach((form) => {
    form.addEventListener("submit", (e) => {
      if (form.dataset.sent) { e.preventDefault(); return; }
      form.dataset.sent = "1";
      const button = e.submitter;
      if (button) { button.setAttribute("aria-disabled", "true"); button.dataset.said = button.textContent; button.textContent = "正在提交…"; }
    });
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    all('[aria-disabled="true"]', form).forEach((b) => { b.removeAttribute("aria-disabled"); if (b.dataset.said) b.textContent = b.dataset.said; });
  }));

  /* -- live: what is being typed is drawn beside the form; the server draws, nothing is kept -- */
  all("form[data-live]").forEach((form) => {
    const into = document.getElementById(form.dataset.liveInto);
    let timer = 0, asked = 0;
    async function draw() {
      const mine = ++asked, data = new FormData(form);
      data.delete("_do");
      try {
        const answer = await fetch(form.dataset.live, { method: "POST", body: data, headers: { "X-CSRFToken": token(form) }, credentials: "same-origin" });
        if (!answer.ok) return;
        const drawn = await answer.text();
        if (mine === asked) calmly(into, () => { into.innerHTML = drawn; });
      } catch { /* the picture stays as it was; saving draws it anew */ }
    }
    if (into) form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(draw, 400); });
  });

  all("select[data-submit]").forEach((s) => s.addEventListener("change", () => s.form.requestSubmit()));
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();
})();
