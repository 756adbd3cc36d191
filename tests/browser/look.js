/* axe-core twice over one page, at two widths. Most rules ask for names, roles and order, and answer the same at any width for
   what was there before. So the second look takes up only what may be judged otherwise: what was not shown before or is drawn in
   other colours or another size, text that something lies over, controls that are small or lie in each other's way, and what
   has lost a part of itself. Where a heading came or went, the order of all of them is asked again, and so the whole page.
   Contrast, the dearest of all rules, is measured once for all texts that are drawn alike on like ground, on whatever page. */
const CONTROLS = 'a[href],button,input:not([type=hidden]),select,textarea,summary,[role=button],[role=tab],[tabindex="0"]';
const OUTLINE = 'main, main h1, main h2, main h3, main h4, main h5, main h6';
let drawn = new Map();  // how each element was drawn at the last look
const placed = new Map();  // the place of each, of those that were asked
const measured = new Set();  // places where the contrast was measured and found enough, on this page or another
let lying = new Set();  // texts that something lies over

async function found(where, rules) {
  const told = await axe.run(where, {runOnly: rules, resultTypes: ['violations'], selectors: false, elementRef: true});
  return told.violations.map(v => ({id: v.id, nodes: v.nodes.map(n => ({html: n.element.outerHTML}))}));
}

/* How an element is drawn, as far as contrast depends on it; '' where it is not shown. */
function drawing(e) {
  if (!e.checkVisibility({checkVisibilityCSS: true}) || !e.getClientRects().length) return '';
  const s = getComputedStyle(e);
  return [s.color, s.backgroundColor, s.backgroundImage, s.fontSize, s.fontWeight, s.opacity, s.textShadow, s.filter].join('|');
}

function crossing(a, b) {
  return a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
}

const apart = (a, b) => !a.contains(b) && !b.contains(a);

/* Text that lies over or under something that was taken out of the flow. */
function overlaid(all) {
  const lifted = all.filter(e => !['static', 'relative'].includes(getComputedStyle(e).position));
  const boxes = lifted.map(e => e.getBoundingClientRect());
  const worded = e => e.matches('input,select,textarea') || [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  return lifted.length ? all.filter(worded).filter(e => {
    const box = e.getBoundingClientRect();
    return lifted.some((other, i) => apart(e, other) && crossing(box, boxes[i]));
  }) : [];
}

/* Controls under 24 px (links within a sentence may be), or that lie over each other. */
function cramped(all) {
  const controls = all.filter(e => e.matches(CONTROLS));
  const boxes = controls.map(e => e.getBoundingClientRect());
  const within = e => getComputedStyle(e).display === 'inline'
    && e.parentElement.textContent.trim().length > e.textContent.trim().length;
  return controls.filter((e, i) => (Math.min(boxes[i].width, boxes[i].height) < 24 && !within(e))
    || controls.some((other, k) => k !== i && apart(e, other) && crossing(boxes[i], boxes[k])));
}

function sum(text) {
  let number = 0;
  for (let i = 0; i < text.length; i++) number = (Math.imul(number, 31) + text.charCodeAt(i)) | 0;
  return `${text.length} ${number}`;
}

/* A part of the page by what it is and what it stands in: the same part of another page is judged the same. */
function mark(e) {
  let text = innerWidth + e.outerHTML;
  for (let at = e.parentElement; at; at = at.parentElement) text += at.tagName + at.className;
  return sum(text);
}

/* Where an element stands: how it and all it stands in are named and drawn. '' if it hangs out of what it stands in, which then
   may not be its ground. */
function place(e) {
  if (!placed.has(e)) placed.set(e, placeWithin(e, e.parentElement));
  return placed.get(e);
}

function placeWithin(e, parent) {
  const own = e.tagName + e.getAttribute('class') + (drawn.get(e) ?? drawing(e));
  if (!parent) return sum(own);
  const box = e.getBoundingClientRect(), ground = parent.getBoundingClientRect();
  const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
  const inside = ground.left <= x && x <= ground.right && ground.top <= y && y <= ground.bottom;
  return inside && place(parent) ? sum(place(parent) + own) : '';
}

/* Contrast costs more than any other rule and hangs on how a text is drawn and on what: it is measured once for each place. Texts
   that something lies over, or that hang out, are always measured; only what was found enough is remembered. */
function measureOnce() {
  const rule = axe._audit.rules.find(r => r.id === 'color-contrast'), check = axe._audit.checks['color-contrast'];
  const {matches} = rule, {evaluate} = check;
  const known = e => place(e) && measured.has(place(e)) && !lying.has(e);
  rule.matches = (e, ...more) => !known(e) && matches.call(rule, e, ...more);
  check.evaluate = function (e, ...more) {
    if (known(e)) return this.data({}), true;
    const enough = evaluate.call(this, e, ...more);
    if (enough === true && place(e) && !lying.has(e)) measured.add(place(e));
    return enough;
  };
}

/* Take the page in as it is drawn now. */
function takeIn() {
  const all = [...document.body.querySelectorAll('*')];
  drawn = new Map(all.map(e => [e, drawing(e)]));
  placed.clear();
  lying = new Set(overlaid(all.filter(e => drawn.get(e))));
}

/* `places`: where contrast need not be measured any more. Answers with those that came to them. */
async function tbLook(rules, places) {
  for (const known of places.split(',')) measured.add(known);
  const before = measured.size;
  takeIn();
  return {found: await found(document, rules), places: [...measured].slice(before).join()};
}

/* `clean`: parts of pages at this width that were looked at. */
async function tbLookAgain(rules, clean) {
  const before = drawn, many = measured.size, other = new Set();
  takeIn();
  const shown = [...drawn.keys()].filter(e => drawn.get(e));
  const told = async (where, parts) => (
    {found: where ? await found(where, rules) : [], parts: parts.join(), places: [...measured].slice(many).join()});
  for (const [e, now] of drawn) {
    const was = before.get(e);
    if (!now !== !was && e.matches(OUTLINE)) return told(document, []);
    if (now && now !== was) other.add(e);
    const named = !now && was && (e.closest(CONTROLS) || e.closest('label')?.control);
    if (named && drawing(named)) other.add(named);
  }
  for (const e of [...lying, ...cramped(shown)]) other.add(e);
  const known = new Set(clean.split(',')), parts = [];
  for (const e of other) {
    let above = e.parentElement;
    while (above && !other.has(above)) above = above.parentElement;
    if (!above) parts.push([e, mark(e)]);
  }
  const unknown = parts.filter(([, m]) => !known.has(m));
  return told(unknown.length ? {include: unknown.map(([e]) => e)} : null, unknown.map(([, m]) => m));
}
axe.configure({noHtml: true});  // it would write down every element, also where nothing is wrong
measureOnce();
window.tbLook = tbLook;
window.tbLookAgain = tbLookAgain;
'read';
