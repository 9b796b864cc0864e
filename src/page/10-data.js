'use strict';
// What the page knows, and how it says it. Text from elsewhere goes in as text alone, never as HTML.

const data = JSON.parse(document.getElementById('data').textContent);
const tasks = data.tasks;
const kinds = [
	'setting up', 'at work', 'verifying', 'reviewing', 'waiting for the lane', 'merging', 'verifying the merge',
];

// the attempts of all tasks, each with its task; as a number in `attempts` one is known
const attempts = [];
tasks.forEach((t, i) => {
	t.index = i;
	t.before = [];
	t.behind = [];
	t.attempts.forEach((a) => {
		a.task = t;
		a.index = attempts.length;
		a.began = a.spans.length ? a.spans[0][2] : a.began;
		a.ended = a.spans.length ? a.spans[a.spans.length - 1][3] : a.began + (a.seconds || 0);
		attempts.push(a);
	});
});
data.edges.forEach(([from, to, hold]) => {
	tasks[to].before.push({task: tasks[from], hold});
	tasks[from].behind.push({task: tasks[to], hold});
});
const critical = new Map(data.chain.map(([t], i) => [t, i]));

function stateOf(name) {
	const [glyph, kind] = data.states[name] || ['·', 'off'];
	return {name: name || 'not part of the run', glyph, kind};
}

// ---- words ----

function span(seconds) {
	if (seconds === null || seconds === undefined)
		return '–';
	if (seconds < 9.95)
		return Math.max(seconds, 0).toFixed(1) + 's';
	const s = Math.round(seconds), two = (n) => String(n).padStart(2, '0');
	if (s < 60)
		return s + 's';
	return s < 3600 ? Math.floor(s / 60) + 'm' + two(s % 60) + 's'
		: Math.floor(s / 3600) + 'h' + two(Math.floor(s / 60) % 60) + 'm';
}

function money(x) {
	return x === null ? 'not reported' : '$' + x.toFixed(x > 0 && x < 0.01 ? 4 : 2);
}

function count(n) {
	if (n === null)
		return 'not reported';
	return n < 9999.5 ? String(n) : n < 999500 ? Math.round(n / 1e3) + 'k' : (n / 1e6).toFixed(1) + 'M';
}

function many(n, what) {
	return n + ' ' + what + (n === 1 ? '' : 's');
}

function attemptName(a) {
	return a.task.name + (a.variant ? ' (' + a.variant + ')' : '') + (a.n > 1 ? ' #' + a.n : '');
}

function attemptSays(a) {
	const parts = [attemptName(a), a.state, span(a.ended - a.began) + ' from ' + span(a.began)];
	const sums = kinds.map(() => 0);

	a.spans.forEach(([kind, , from, to]) => { sums[kind] += to - from; });
	parts.push(...sums.map((s, k) => (s >= 0.05 ? kinds[k] + ' ' + span(s) : '')).filter(Boolean));
	if (a.cost !== null)
		parts.push(money(a.cost));
	if (a.failure)
		parts.push(a.failure);
	return parts;
}

// ---- elements ----

function fill(e, props, children) {
	Object.entries(props || {}).forEach(([name, value]) => {
		if (name.startsWith('on'))
			e.addEventListener(name.slice(2), value);
		else if (value !== null && value !== undefined && value !== false)
			e.setAttribute(name, value === true ? '' : value);
	});
	e.append(...[].concat(children === undefined || children === null ? [] : children));
	return e;
}

function el(tag, props, children) {
	return fill(document.createElement(tag), props, children);
}

function svg(tag, props, children) {
	return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);
}

function badge(state) {
	const s = stateOf(state);
	return el('span', {class: 'state ' + s.kind}, [el('i', {}, s.glyph), ' ' + s.name]);
}

function button(label, what, action) {
	return el('button', {type: 'button', 'aria-label': what, title: what, onclick: action}, label);
}

const ruler = document.createElement('canvas').getContext('2d');
const family = getComputedStyle(document.body).fontFamily;

// as much of the text as there is room for in a picture
function cut(text, room, size, bold) {
	ruler.font = (bold ? '650 ' : '') + size + 'px ' + family;
	if (ruler.measureText(text).width <= room)
		return text;
	const letters = [...text].slice(0, Math.ceil(room / 2));
	while (letters.length > 1 && ruler.measureText(letters.join('') + '…').width > room)
		letters.pop();
	return letters.join('') + '…';
}

// ---- what is shown beside the pointer, or what is reached by keys ----

const tip = el('div', {class: 'tip', 'aria-hidden': 'true', hidden: true});

function showTip(lines, x, y) {
	tip.replaceChildren(...lines.map((line, i) => el(i ? 'span' : 'b', {}, line)));
	tip.hidden = false;
	const box = tip.getBoundingClientRect();
	tip.style.left = Math.max(4, Math.min(x + 12, innerWidth - box.width - 4)) + 'px';
	tip.style.top = (y + 16 + box.height > innerHeight ? Math.max(4, y - box.height - 8) : y + 16) + 'px';
}

function showTipAt(lines, element) {
	const box = element.getBoundingClientRect();
	showTip(lines, box.left, box.bottom - 8);
}

function hideTip() {
	tip.hidden = true;
}

// When keys lead to it. The pointer does, too, before it is known what is clicked, and that must stay there.
function whenReached(box, action) {
	box.addEventListener('focus', () => {
		if (box.matches(':focus-visible'))
			action();
	});
}

// Calls draw at most once for each picture that is shown.
function eachFrame(draw) {
	let due = false;
	return () => {
		if (due)
			return;
		due = true;
		requestAnimationFrame(() => { due = false; draw(); });
	};
}
