'use strict';
// The timeline: a row for each work tree, or for each task. Only what can be seen is drawn, so that a
// thousand tasks are no more than ten.

const timeline = {
	byTask: false, zoom: 1, width: 0,
	rows: [], stays: [], active: null, // active: a stay
	box: el('div', {class: 'box', tabindex: '0', role: 'listbox', 'aria-label': 'Attempts by time'}),
	axis: svg('svg', {class: 'axis', height: 22, 'aria-hidden': 'true'}),
	bars: svg('svg', {class: 'bars', role: 'presentation'}),
	labels: el('div', {class: 'labels', 'aria-hidden': 'true'}),
};

const BAR = 12, ROW = {tree: 36, task: 24}, LEAST = 2;

// a stay is an attempt in a work tree; in rows by task all of an attempt is one
function makeRows() {
	const rows = [];
	const row = (key, label, full) => {
		if (!rows[key])
			rows[key] = {label, full, stays: []};
		return rows[key];
	};

	if (!timeline.byTask)
		data.worktrees.forEach((path, i) => row(i, path.slice(path.lastIndexOf('/') + 1), path));
	const order = [...attempts].sort((a, b) => a.began - b.began || a.index - b.index);
	const places = new Map();
	order.forEach((a) => {
		if (timeline.byTask && !places.has(a.task))
			places.set(a.task, places.size);
		a.spans.forEach(([kind, tree, from, to]) => {
			const r = timeline.byTask ? row(places.get(a.task), a.task.name, a.task.name) : row(tree);
			const last = r.stays[r.stays.length - 1];
			if (last && last.attempt === a && (timeline.byTask || from - last.to < 0.01)) {
				last.spans.push([kind, from, to]);
				last.to = Math.max(last.to, to);
			} else {
				r.stays.push({attempt: a, from, to, spans: [[kind, from, to]]});
			}
		});
	});
	timeline.rows = rows.filter(Boolean);
	timeline.rows.forEach((r) => r.stays.sort((x, y) => x.from - y.from));
	timeline.stays = timeline.rows.flatMap((r, y) => r.stays.map((s) => Object.assign(s, {row: y})));
	timeline.stays.forEach((s, i) => { s.index = i; });
	if (timeline.active)
		timeline.active = timeline.stays.find((s) => s.attempt === timeline.active.attempt);
}

function rowHeight() {
	return timeline.byTask ? ROW.task : ROW.tree;
}

function timeToX(t) {
	return data.wall > 0 ? t / data.wall * timeline.width : 0;
}

// a step between marks that people count in, at least `least` seconds
function niceStep(least) {
	const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400];
	return steps.find((s) => s >= least) || Math.ceil(least / 86400) * 86400;
}

function tickLabel(t, step) {
	const s = Math.round(t * 10) / 10, two = (n) => String(n).padStart(2, '0');
	if (data.wall < 60)
		return step < 1 ? s.toFixed(1) + 's' : s + 's';
	const whole = Math.round(s), minutes = Math.floor(whole / 60);
	return minutes < 60 ? minutes + ':' + two(whole % 60)
		: Math.floor(minutes / 60) + ':' + two(minutes % 60) + ':' + two(whole % 60);
}

function drawAxis(from, to, height) {
	const step = niceStep(data.wall / Math.max(timeline.width / 80, 1));
	const lines = [];

	timeline.axis.replaceChildren();
	for (let i = Math.floor(from / step); i * step <= to; i++) {
		const x = timeToX(i * step);
		timeline.axis.append(svg('text', {x: x + 3, y: 15}, tickLabel(i * step, step)),
			svg('line', {x1: x, x2: x, y1: 4, y2: 22}));
		lines.push(svg('line', {class: 'tick', x1: x, x2: x, y1: 0, y2: height}));
	}
	return lines;
}

function isFailed(a) {
	return a.state !== 'passed' && a.state !== 'running';
}

function drawSpans(stay, y) {
	const x = timeToX(stay.from), width = Math.max(timeToX(stay.to) - x, LEAST);

	if (width < 5) { // what it was at most of the time
		const longest = stay.spans.reduce((a, b) => (b[2] - b[1] > a[2] - a[1] ? b : a));
		return [svg('rect', {class: 'k' + longest[0], x, y, width, height: BAR})];
	}
	return stay.spans.map(([kind, from, to]) => svg('rect', {
		class: 'k' + kind, x: timeToX(from), y, height: BAR,
		width: Math.max(timeToX(to) - timeToX(from), to > from ? 0.5 : 0),
	}));
}

function drawStay(stay, top) {
	const a = stay.attempt, y = top + rowHeight() - BAR - 5;
	const x = timeToX(stay.from), width = Math.max(timeToX(stay.to) - x, LEAST);
	const g = svg('g', {
		id: 's' + stay.index, role: 'option', 'data-s': stay.index,
		'aria-label': width > 5 || timeline.active === stay ? attemptSays(a).join(', ') : attemptName(a),
		'aria-selected': String(timeline.active === stay), class: 'stay' + (critical.has(a.task.index) ? ' critical' : ''),
	}, drawSpans(stay, y));

	if (isFailed(a)) {
		g.append(svg('rect', {class: 'failed ' + stateOf(a.state).kind, x, y: y + BAR + 1, width, height: 2}));
		if (width > 14) // in rows by task there is room in the bar alone
			g.append(svg('text', {class: 'mark ' + stateOf(a.state).kind, x: x + width - 2, 'text-anchor': 'end',
				y: timeline.byTask ? y + BAR - 2 : y - 2}, stateOf(a.state).glyph));
	}
	if (!timeline.byTask && width > 26)
		g.append(svg('text', {class: 'name', x, y: y - 4}, cut(attemptName(a), width - (isFailed(a) ? 14 : 5), 11,
			critical.has(a.task.index))));
	if (timeline.active === stay)
		g.append(svg('rect', {class: 'focus', x: x - 2, y: y - 2, width: width + 4, height: BAR + 4, rx: 2}));
	return g;
}

// in rows by task: could begin, but there was no place
function drawWait(row, top) {
	const t = row.stays[0].attempt.task;

	if (!timeline.byTask || t.ready === null || t.began - t.ready < 0.05)
		return [];
	return [svg('rect', {class: 'slot', x: timeToX(t.ready), y: top + rowHeight() - BAR - 5 + 4, height: 4,
		width: Math.max(timeToX(t.began) - timeToX(t.ready), 1)})];
}

function drawTimeline() {
	const t = timeline, h = rowHeight(), height = t.rows.length * h;
	const inner = t.box.clientWidth - t.labels.offsetWidth;

	t.width = Math.max(Math.round(inner * t.zoom) - 8, 50);
	t.axis.setAttribute('width', t.width + 8);
	t.bars.setAttribute('width', t.width + 8);
	t.bars.setAttribute('height', height);
	const printing = matchMedia('print').matches;
	const from = printing ? 0 : (t.box.scrollLeft - 200) / t.width * data.wall;
	const to = printing ? data.wall : (t.box.scrollLeft + inner + 200) / t.width * data.wall;
	const first = printing ? 0 : Math.max(Math.floor(t.box.scrollTop / h) - 3, 0);
	const last = printing ? t.rows.length : Math.ceil((t.box.scrollTop + t.box.clientHeight) / h) + 3;
	t.bars.replaceChildren(...drawAxis(Math.max(from, 0), Math.min(to, data.wall), height));
	t.labels.style.height = height + 'px';
	t.labels.replaceChildren();
	t.rows.slice(first, last).forEach((row, k) => {
		const top = (first + k) * h;
		const label = el('span', {title: row.full}, row.label);
		label.style.top = top + 'px';
		label.style.height = h + 'px';
		t.labels.append(label);
		t.bars.append(svg('line', {class: 'row', x1: 0, x2: t.width + 8, y1: top + h - 0.5, y2: top + h - 0.5}),
			...drawWait(row, top),
			...row.stays.filter((s) => s.to >= from && s.from <= to).map((s) => drawStay(s, top)));
	});
	t.box.setAttribute('aria-activedescendant', t.active ? 's' + t.active.index : '');
}

const redrawTimeline = eachFrame(drawTimeline);

// what is looked at, in seconds: it stays where it is when the rest is zoomed
function middleTime(inner) {
	const t = timeline, first = t.rows[Math.floor(t.box.scrollTop / rowHeight())];

	if (t.active)
		return (t.active.from + t.active.to) / 2;
	if (t.byTask && first)
		return first.stays[0].from;
	return (t.box.scrollLeft + inner / 2) / Math.max(t.width, 1) * data.wall;
}

function zoomTimeline(factor) {
	const t = timeline, inner = t.box.clientWidth - t.labels.offsetWidth, middle = middleTime(inner);
	const shown = timeToX(middle) - t.box.scrollLeft;
	const at = shown >= 0 && shown <= inner ? shown : inner / 2;

	t.zoom = factor ? Math.min(Math.max(t.zoom * factor, 1), 100000 / Math.max(inner, 1)) : 1;
	drawTimeline();
	t.box.scrollLeft = timeToX(middle) - at;
	redrawTimeline();
}

function activate(stay) {
	const t = timeline, inner = t.box.clientWidth - t.labels.offsetWidth;

	if (!stay)
		return;
	t.active = stay;
	const x = timeToX(stay.from), y = stay.row * rowHeight();
	if (x < t.box.scrollLeft || x > t.box.scrollLeft + inner - 40)
		t.box.scrollLeft = Math.max(x - inner / 3, 0);
	if (y < t.box.scrollTop || y + rowHeight() * 2 > t.box.scrollTop + t.box.clientHeight)
		t.box.scrollTop = Math.max(y - t.box.clientHeight / 3, 0);
	drawTimeline();
	const g = document.getElementById('s' + stay.index);
	if (g && document.activeElement === t.box)
		showTipAt(attemptSays(stay.attempt), g);
}

// the stay in a row that is nearest in time
function nearest(row, when) {
	return row && row.stays.reduce((best, s) => (Math.abs(s.from - when) < Math.abs(best.from - when) ? s : best));
}

function timelineKey(e) {
	const t = timeline, rows = t.rows;

	if (!t.stays.length || e.ctrlKey || e.metaKey || e.altKey)
		return;
	const now = t.active || t.stays[0], row = rows[now.row].stays, k = row.indexOf(now);
	const go = {
		ArrowRight: () => row[Math.min(k + 1, row.length - 1)],
		ArrowLeft: () => row[Math.max(k - 1, 0)],
		ArrowDown: () => nearest(rows[now.row + 1], now.from),
		ArrowUp: () => nearest(rows[now.row - 1], now.from),
		Home: () => row[0],
		End: () => row[row.length - 1],
	}[e.key];
	if (go)
		activate(go());
	else if ((e.key === 'Enter' || e.key === ' ') && t.active)
		select(t.active.attempt.task, t.box);
	else if (e.key === '+' || e.key === '=')
		zoomTimeline(2);
	else if (e.key === '-')
		zoomTimeline(0.5);
	else if (e.key === '0')
		zoomTimeline(0);
	else
		return;
	e.preventDefault();
}

function legend() {
	const used = new Set(attempts.flatMap((a) => a.spans.map((s) => s[0])));
	const key = (kind, text) => el('li', {}, [svg('svg', {width: 14, height: 10, 'aria-hidden': 'true'},
		svg('rect', {class: kind, width: 14, height: 10})), text]);
	const list = kinds.map((name, k) => (used.has(k) ? key('k' + k, name) : null)).filter(Boolean);

	if (timeline.byTask)
		list.push(key('slot', 'waiting for a place'));
	if (attempts.some(isFailed))
		list.push(key('failed bad', 'failed, or not over'));
	if (!timeline.byTask && critical.size)
		list.push(el('li', {}, [el('b', {}, 'bold'), ': on the critical path']));
	return el('ul', {class: 'legend'}, list);
}

function startTimeline() {
	const t = timeline, section = document.getElementById('timeline');
	const tree = button('by work tree', 'A row for each work tree', () => show(false));
	const task = button('by task', 'A row for each task', () => show(true));
	const holder = el('div', {});

	function show(byTask) {
		t.byTask = byTask;
		tree.setAttribute('aria-pressed', String(!byTask));
		task.setAttribute('aria-pressed', String(byTask));
		t.box.classList.toggle('by-task', byTask);
		makeRows();
		holder.replaceChildren(legend());
		drawTimeline();
	}
	if (!attempts.length)
		return;
	section.hidden = false;
	section.append(el('div', {class: 'tools'}, [tree, task, el('span', {class: 'gap'}),
		button('−', 'Zoom the timeline out', () => zoomTimeline(0.5)), button('fit', 'Show the whole time', () => zoomTimeline(0)),
		button('+', 'Zoom the timeline in', () => zoomTimeline(2))]));
	t.box.append(el('div', {class: 'grid'}, [el('div', {class: 'corner'}), t.axis, t.labels, t.bars]));
	section.append(t.box, holder);
	t.box.addEventListener('scroll', redrawTimeline);
	t.box.addEventListener('keydown', timelineKey);
	whenReached(t.box, () => activate(t.active || t.stays[0]));
	t.box.addEventListener('blur', hideTip);
	t.bars.addEventListener('pointermove', (e) => {
		const g = e.target.closest('[data-s]');
		if (g)
			showTip(attemptSays(t.stays[g.dataset.s].attempt), e.clientX, e.clientY);
		else
			hideTip();
	});
	t.bars.addEventListener('pointerleave', hideTip);
	t.bars.addEventListener('click', (e) => {
		const g = e.target.closest('[data-s]');
		if (g) {
			t.active = t.stays[g.dataset.s];
			select(t.active.attempt.task, t.box);
			drawTimeline();
		}
	});
	new ResizeObserver(redrawTimeline).observe(t.box);
	show(false);
}
