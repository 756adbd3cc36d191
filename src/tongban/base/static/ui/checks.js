/* What can be told about a value while it is being typed. The server checks again and is the judge.
   tbChecks[kind](text) → "" when nothing is wrong, else what is wrong, in the reader's words. */
"use strict";
(function () {
  const clean = (text) => text.replace(/[\s-]/g, "").toUpperCase();

  /* GB 11643: weights 2^(17-i) mod 11; the 18th character closes the sum. */
  function idcard(text) {
    const s = clean(text);
    if (s.length < 18) return `现在是 ${s.length} 位，应为 18 位`;
    if (!/^\d{17}[\dX]$/.test(s)) return "前 17 位是数字，末位是数字或大写 X";
    const y = +s.slice(6, 10), m = +s.slice(10, 12), d = +s.slice(12, 14);
    const born = new Date(y, m - 1, d);
    if (born.getFullYear() !== y || born.getMonth() !== m - 1 || born.getDate() !== d || born > new Date()) return "第 7 到 14 位不是一个出生日期";
    const sum = [...s.slice(0, 17)].reduce((n, c, i) => n + c * (2 ** (17 - i) % 11), 0);
    return "10X98765432"[sum % 11] === s[17] ? "" : "末位校验不对，请再核对一遍号码";
  }

  /* GB 32100: base 31 without I O S V Z, weights 3^i mod 31. */
  function uscc(text) {
    const s = clean(text), set = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    if (s.length < 18) return `现在是 ${s.length} 位，应为 18 位`;
    if ([...s].some((c) => !set.includes(c))) return "代码里没有 I、O、S、V、Z，请核对";
    let weight = 1, sum = 0;
    for (const c of s.slice(0, 17)) { sum += set.indexOf(c) * weight; weight = (weight * 3) % 31; }
    return set[(31 - (sum % 31)) % 31] === s[17] ? "" : "末位校验不对，请再核对一遍代码";
  }

  function mobile(text) {
    const s = clean(text).replace(/^(\+|00)?86(?=1\d{10}$)/, "");
    if (!/^\d*$/.test(s)) return "只填数字";
    if (s.length < 11) return `现在是 ${s.length} 位，手机号码是 11 位`;
    return /^1[3-9]\d{9}$/.test(s) ? "" : "这不像一个手机号码";
  }

  const money = (text) => (/^\d{1,12}(\.\d{1,2})?$/.test(text.replace(/[,，\s¥]/g, "")) ? "" : "请填金额，最多两位小数，如 1234.00");
  const number = (text) => (/^-?\d+(\.\d+)?$/.test(text.replace(/[,，\s]/g, "")) ? "" : "请填数字");

  window.tbChecks = { idcard, uscc, mobile, money, number };
})();
