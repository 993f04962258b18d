'use strict';
const cases = [...document.querySelectorAll('.case')];
const find = document.getElementById('find');
const boxes = [...document.querySelectorAll('input[name=show]')];
function filter() {
  const words = find.value.toLowerCase().split(/\s+/).filter(w => w);
  const shown = new Set(boxes.filter(b => b.checked).map(b => b.value));
  let count = 0;
  for (const c of cases) {
    const text = c.textContent.toLowerCase();
    const fits = shown.has(c.dataset.status) && words.every(w => text.includes(w));
    c.hidden = !fits;
    count += fits ? 1 : 0;
  }
  for (const s of document.querySelectorAll('section')) {
    s.hidden = !s.querySelector('.case:not([hidden])');
  }
  document.getElementById('count').textContent = count + ' of ' + cases.length + ' cases';
  document.getElementById('nothing').hidden = count > 0;
}
document.getElementById('filters').hidden = false;
document.getElementById('filters').addEventListener('submit', e => e.preventDefault());
find.addEventListener('input', filter);
boxes.forEach(b => b.addEventListener('change', filter));
document.getElementById('open').addEventListener('click', () => cases.forEach(c => { c.open = !c.hidden || c.open; }));
document.getElementById('close').addEventListener('click', () => cases.forEach(c => { c.open = false; }));
filter();
