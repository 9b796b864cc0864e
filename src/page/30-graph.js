'use strict';
// The graph, from left to right: each task stands behind all that it waits for. Tasks that differ in nothing
// but their names, and whatever more a column holds than can be looked at, are folded into one box.

const graph = {
	nodes: [], layers: [], active: null, scale: 1, opened: new Set(), at: new Map(),
	box: el('div', {class: 'box', tabindex: '0', role: 'listbox', 'aria-label': 'Tasks and what blocks them'}),
	picture: svg('svg', {role: 'presentation'}),
};

const NODE = {width: 156, height: 30, across: 64, down: 10};
const FOLD_FROM = 120; // tasks; fewer are all shown
const FOLD_LEAST = 4;  // tasks in one box
const COLUMN = 40;     // boxes of a column

// ---- columns: the longest way to each ----

function findLayers() {
	const left = tasks.map((t) => t.before.length), layer = tasks.map(() => 0);
	const ready = tasks.filter((t) => !t.before.length);

	while (ready.length) {
		const t = ready.pop();
		t.behind.forEach(({task}) => {
			layer[task.index] = Math.max(layer[task.index], layer[t.index] + 1);
			if (!--left[task.index])
				ready.push(task);
		});
	}
	return layer;
}

// ---- folding ----

function stands(t) {
	return critical.has(t.index) || ['bad', 'ask', 'live'].includes(stateOf(t.state).kind) || t === selected;
}

function foldKey(t, layer) {
	const ids = (list) => list.map((e) => e.task.index).sort((a, b) => a - b).join(',');
	return layer + '|' + ids(t.before) + '|' + ids(t.behind);
}

function makeNode(list, layer, key) {
	const node = {tasks: list, layer, key, folded: list.length > 1, before: new Map(), behind: new Map(), y: 0};
	list.forEach((t) => graph.at.set(t, node));
	return node;
}

// the tasks of a column as boxes
function foldColumn(list, layer) {
	const groups = new Map(), nodes = [], rest = [];

	list.forEach((t) => {
		const key = stands(t) ? 'alone ' + t.index : foldKey(t, layer);
		if (!groups.has(key))
			groups.set(key, []);
		groups.get(key).push(t);
	});
	groups.forEach((group, key) => {
		if (group.length < FOLD_LEAST || graph.opened.has(key))
			group.forEach((t) => rest.push(t));
		else
			nodes.push(makeNode(group, layer, key));
	});
	const over = 'column ' + layer;
	const asked = graph.opened.has(over) || [...groups.keys()].some((key) => graph.opened.has(key));
	if (rest.length + nodes.length <= COLUMN || asked)
		return rest.map((t) => makeNode([t], layer)).concat(nodes);
	rest.sort((a, b) => stands(b) - stands(a) || a.index - b.index);
	const shown = rest.slice(0, COLUMN), more = rest.slice(COLUMN);
	return shown.sort((a, b) => a.index - b.index).map((t) => makeNode([t], layer))
		.concat(nodes, makeNode(more, layer, over));
}

function makeNodes() {
	const layer = findLayers(), columns = [];

	graph.at.clear();
	tasks.forEach((t, i) => { (columns[layer[i]] = columns[layer[i]] || []).push(t); });
	graph.layers = columns.map((list, i) => (tasks.length < FOLD_FROM ? list.map((t) => makeNode([t], i))
		: foldColumn(list, i)));
	graph.nodes = graph.layers.flat();
	data.edges.forEach(([from, to, hold]) => {
		const a = graph.at.get(tasks[from]), b = graph.at.get(tasks[to]);
		if (a === b)
			return;
		const strong = !hold || a.behind.get(b) === 0;
		a.behind.set(b, strong ? 0 : 1);
		b.before.set(a, strong ? 0 : 1);
	});
}

// ---- order within the columns ----

// Where an edge goes over columns, it has a place of its own in each, so that it goes around the boxes.
function addBends() {
	const bends = [];

	if (graph.nodes.length > 600)
		return bends;
	graph.nodes.forEach((a) => a.behind.forEach((hold, b) => {
		let last = a;
		const way = [];
		for (let l = a.layer + 1; l < b.layer; l++) {
			const bend = {bend: true, layer: l, before: new Map([[last, hold]]), behind: new Map(), y: 0};
			if (last.bend)
				last.behind.set(bend, hold);
			graph.layers[l].push(bend);
			way.push(bend);
			last = bend;
		}
		if (last.bend)
			last.behind.set(b, hold);
		bends.push([a, b, way]);
	}));
	return bends;
}

function sweep(layers, side) {
	layers.forEach((layer) => {
		layer.forEach((n) => {
			let sum = 0;
			n[side].forEach((hold, m) => { sum += m.place; });
			n.weight = n[side].size ? sum / n[side].size : n.place;
		});
		layer.sort((a, b) => a.weight - b.weight || a.place - b.place);
		layer.forEach((n, i) => { n.place = i; });
	});
}

// Bends stand for their edges: those whom an edge leads to see the last of them, not who is far away.
function arrange() {
	const bends = addBends(), links = [];

	bends.forEach(([a, b, way]) => {
		if (!way.length)
			return;
		links.push([a, b, a.behind.get(b)]);
		a.behind.delete(b);
		b.before.delete(a);
		a.behind.set(way[0], 0);
		b.before.set(way[way.length - 1], 0);
	});
	graph.layers.forEach((layer) => layer.forEach((n, i) => { n.place = i; }));
	for (let i = 0; i < 6; i++)
		sweep(i % 2 ? [...graph.layers].reverse() : graph.layers, i % 2 ? 'behind' : 'before');
	bends.forEach(([a, b, way]) => {
		if (way.length) {
			a.behind.delete(way[0]);
			b.before.delete(way[way.length - 1]);
		}
	});
	links.forEach(([a, b, hold]) => { a.behind.set(b, hold); b.before.set(a, hold); });
	return new Map(bends.map(([a, b, way]) => [a.id + '>' + b.id, way]));
}

function placeNodes() {
	const tall = (n) => (n.bend ? 8 : NODE.height + NODE.down);
	const heights = graph.layers.map((layer) => layer.reduce((sum, n) => sum + tall(n), 0));
	const most = Math.max(...heights, 0);

	graph.layers.forEach((layer, i) => {
		let y = (most - heights[i]) / 2 + 8;
		layer.forEach((n) => {
			n.x = 8 + i * (NODE.width + NODE.across);
			n.y = y;
			y += tall(n);
		});
	});
	graph.width = 16 + graph.layers.length * (NODE.width + NODE.across) - NODE.across;
	graph.height = most + 12;
}

// ---- drawing ----

function edgePath(a, b, way) {
	let x = a.x + NODE.width, y = a.y + NODE.height / 2, d = 'M' + x + ' ' + y;
	const to = (nx, ny) => {
		const mid = (x + nx) / 2;
		d += 'C' + mid + ' ' + y + ' ' + mid + ' ' + ny + ' ' + nx + ' ' + ny;
		x = nx;
		y = ny;
	};

	(way || []).forEach((n) => {
		to(n.x, n.y + 4);
		d += 'L' + (n.x + NODE.width) + ' ' + y;
		x = n.x + NODE.width;
	});
	to(b.x - 5, b.y + NODE.height / 2);
	return d;
}

function isOnChain(a, b) {
	return a.tasks.some((x) => critical.has(x.index)
		&& b.tasks.some((y) => critical.get(y.index) === critical.get(x.index) + 1));
}

function nodeSays(n) {
	const t = n.tasks[0];

	if (n.folded)
		return [many(n.tasks.length, 'task'), summary(n), n.tasks.slice(0, 8).map((x) => x.name).join(', ')
			+ (n.tasks.length > 8 ? ', …' : ''), 'Enter or a click shows them'];
	return [t.name, stateOf(t.state).name + (t.seconds === null ? '' : ', ' + span(t.seconds))
		+ (critical.has(t.index) ? ', on the critical path' : '')].concat(t.title && t.title !== t.name ? [t.title] : []);
}

function summary(n) {
	const counts = new Map();

	n.tasks.forEach((t) => {
		const s = stateOf(t.state);
		counts.set(s.glyph + ' ' + s.name, (counts.get(s.glyph + ' ' + s.name) || 0) + 1);
	});
	return [...counts].map(([name, k]) => k + ' ' + name).join(', ');
}

// what all names of a folded box begin with
function commonStart(list) {
	let start = list[0].name;

	list.forEach((t) => {
		while (!t.name.startsWith(start))
			start = start.slice(0, -1);
	});
	return start;
}

function drawNode(n) {
	const s = stateOf(n.tasks[0].state);
	const kind = n.folded ? 'fold' : s.kind;
	const g = svg('g', {
		id: 'n' + n.id, role: 'option', 'data-n': n.id, 'aria-label': nodeSays(n).join(', '),
		'aria-selected': String(graph.active === n), transform: 'translate(' + n.x + ' ' + n.y + ')',
		class: 'node ' + kind + (n.tasks.some((t) => critical.has(t.index)) ? ' critical' : '')
			+ (n.tasks[0].state ? '' : ' outside') + (!n.folded && n.tasks[0] === selected ? ' selected' : ''),
	});

	if (n.folded)
		g.append(svg('rect', {class: 'back', x: 4, y: 4, width: NODE.width, height: NODE.height, rx: 3}));
	g.append(svg('rect', {class: 'face', width: NODE.width, height: NODE.height, rx: 3}),
		svg('text', {class: 'glyph', x: 9, y: 20}, n.folded ? '+' : s.glyph),
		svg('text', {class: 'name', x: 24, y: 20}, n.folded ? cut(commonStart(n.tasks) + '…', NODE.width - 76, 12)
			+ ' ×' + n.tasks.length : cut(n.tasks[0].name, NODE.width - 32, 12)));
	if (graph.active === n)
		g.append(svg('rect', {class: 'focus', x: -3, y: -3, width: NODE.width + 6, height: NODE.height + 6, rx: 5}));
	return g;
}

function drawEdges(ways) {
	const paths = [];

	graph.nodes.forEach((a) => a.behind.forEach((hold, b) => {
		paths.push(svg('path', {
			class: 'edge' + (hold ? ' hold' : '') + (isOnChain(a, b) ? ' critical' : ''),
			d: edgePath(a, b, ways.get(a.id + '>' + b.id)), 'marker-end': 'url(#arrow)',
		}));
	}));
	return paths;
}

function layOut() {
	makeNodes();
	graph.nodes.forEach((n, i) => { n.id = i; });
	graph.ways = arrange();
	placeNodes();
	graph.layers = graph.layers.map((layer) => layer.filter((n) => !n.bend));
	if (graph.active)
		graph.active = graph.at.get(graph.active.tasks[0]);
}

function drawGraph() {
	const arrow = svg('marker', {id: 'arrow', viewBox: '0 0 6 6', refX: 5, refY: 3, markerWidth: 7, markerHeight: 7,
		markerUnits: 'userSpaceOnUse', orient: 'auto'}, svg('path', {d: 'M0 0L6 3L0 6z'}));

	graph.picture.setAttribute('viewBox', '0 0 ' + graph.width + ' ' + graph.height);
	graph.picture.setAttribute('width', Math.ceil(graph.width * graph.scale));
	graph.picture.setAttribute('height', Math.ceil(graph.height * graph.scale));
	graph.picture.replaceChildren(svg('defs', {}, arrow), ...drawEdges(graph.ways), ...graph.nodes.map(drawNode));
	graph.box.setAttribute('aria-activedescendant', graph.active ? 'n' + graph.active.id : '');
	graph.fold.hidden = !graph.opened.size;
}

function zoomGraph(factor) {
	const b = graph.box, old = graph.scale;
	const fit = Math.min(1, (b.clientWidth - 4) / graph.width, Math.max(b.clientHeight, 300) / graph.height);

	graph.scale = factor ? Math.min(Math.max(old * factor, 0.1), 3) : fit;
	const x = (b.scrollLeft + b.clientWidth / 2) / old, y = (b.scrollTop + b.clientHeight / 2) / old;
	drawGraph();
	b.scrollLeft = x * graph.scale - b.clientWidth / 2;
	b.scrollTop = y * graph.scale - b.clientHeight / 2;
}

function reveal(n) {
	const b = graph.box, k = graph.scale;

	if (n.x * k < b.scrollLeft || (n.x + NODE.width) * k > b.scrollLeft + b.clientWidth)
		b.scrollLeft = Math.max((n.x + NODE.width / 2) * k - b.clientWidth / 2, 0);
	if (n.y * k < b.scrollTop || (n.y + NODE.height) * k > b.scrollTop + b.clientHeight)
		b.scrollTop = Math.max((n.y + NODE.height / 2) * k - b.clientHeight / 2, 0);
}

function goTo(n) {
	if (!n)
		return;
	graph.active = n;
	drawGraph();
	reveal(n);
	if (document.activeElement === graph.box)
		showTipAt(nodeSays(n), document.getElementById('n' + n.id));
}

function openNode(n, from) {
	if (!n.folded) {
		graph.active = n;
		select(n.tasks[0], from);
		return;
	}
	graph.opened.add(n.key);
	graph.active = n;
	layOut();
	goTo(graph.active);
}

function graphKey(e) {
	const n = graph.active || graph.nodes[0];

	if (!n || e.ctrlKey || e.metaKey || e.altKey)
		return;
	const near = (list) => [...list].reduce((best, m) => (!best || Math.abs(m.y - n.y) < Math.abs(best.y - n.y) ? m : best), null);
	const column = graph.layers[n.layer], k = column.indexOf(n);
	const go = {
		ArrowLeft: () => near(n.before.keys()) || near(graph.layers[n.layer - 1] || []),
		ArrowRight: () => near(n.behind.keys()) || near(graph.layers[n.layer + 1] || []),
		ArrowUp: () => column[k - 1],
		ArrowDown: () => column[k + 1],
		Home: () => graph.layers[0][0],
		End: () => graph.layers[graph.layers.length - 1][0],
	}[e.key];
	if (go)
		goTo(go());
	else if (e.key === 'Enter' || e.key === ' ')
		openNode(n, graph.box);
	else if (e.key === '+' || e.key === '=')
		zoomGraph(1.25);
	else if (e.key === '-')
		zoomGraph(0.8);
	else if (e.key === '0')
		zoomGraph(0);
	else
		return;
	e.preventDefault();
}

function listenGraph() {
	const node = (e) => {
		const g = e.target.closest('[data-n]');
		return g ? graph.nodes[g.dataset.n] : null;
	};

	graph.box.addEventListener('keydown', graphKey);
	whenReached(graph.box, () => goTo(graph.active || graph.nodes[0]));
	graph.box.addEventListener('blur', hideTip);
	graph.picture.addEventListener('pointerleave', hideTip);
	graph.picture.addEventListener('pointermove', (e) => {
		if (node(e))
			showTip(nodeSays(node(e)), e.clientX, e.clientY);
		else
			hideTip();
	});
	graph.picture.addEventListener('click', (e) => {
		if (node(e))
			openNode(node(e), graph.box);
	});
}

function graphLegend() {
	const line = (kind) => svg('svg', {width: 22, height: 10, 'aria-hidden': 'true'},
		svg('path', {class: 'edge ' + kind, d: 'M1 5L21 5'}));
	const list = [el('li', {}, [line(''), 'blocks'])];

	if (data.edges.some((e) => e[2]))
		list.push(el('li', {}, [line('hold'), 'held back: could touch the same files']));
	if (data.chain.length > 1)
		list.push(el('li', {}, [line('critical'), 'critical path']));
	if (data.edges_left_out)
		list.push(el('li', {}, many(data.edges_left_out, 'edge') + ' left out'));
	return el('ul', {class: 'legend'}, list);
}

function startGraph() {
	const section = document.getElementById('graph');

	graph.fold = button('fold', 'Fold what was unfolded', () => { graph.opened.clear(); layOut(); drawGraph(); });
	if (!data.edges.length || tasks.length < 2)
		return;
	section.hidden = false;
	section.append(el('div', {class: 'tools'}, [el('span', {class: 'gap'}), graph.fold,
		button('−', 'Zoom the graph out', () => zoomGraph(0.8)), button('fit', 'Show the whole graph', () => zoomGraph(0)),
		button('+', 'Zoom the graph in', () => zoomGraph(1.25))]), graph.box, graphLegend());
	graph.box.append(graph.picture);
	listenGraph();
	layOut();
	graph.scale = Math.min(1, Math.max(0.7, (graph.box.clientWidth - 4) / graph.width));
	drawGraph();
}
