'use strict';
// What there is to know of one task, beside the rest.

let selected = null;
let cameFrom = null;

const detail = el('aside', {id: 'detail', 'aria-label': 'Details of a task', tabindex: '-1', hidden: true});

function taskButton(t) {
	return el('button', {type: 'button', class: 'link', onclick: () => select(t, cameFrom, true)}, t.name);
}

function listOf(edges) {
	const items = edges.slice(0, 60).flatMap((e, i) => [i ? ', ' : '', taskButton(e.task)]);
	return items.concat(edges.length > 60 ? [' and ' + (edges.length - 60) + ' more'] : []);
}

function waited(t) {
	const words = {beginning: 'with the run', blocker: 'after its blocker ', hold: 'held back by ', slot: 'waited for the place of '};

	if (t.began === null)
		return null;
	const parts = [words[t.why]];
	if (t.after !== undefined)
		parts.push(taskButton(tasks[t.after]));
	if (t.began - t.ready >= 0.05)
		parts.push(', ready for ' + span(t.began - t.ready));
	return parts;
}

function facts(t) {
	const list = el('dl', {class: 'about'});
	const fact = (name, value) => {
		if (value !== null && value.length !== 0)
			list.append(el('dt', {}, name), el('dd', {}, value));
	};

	fact('Time', t.seconds === null ? null : span(t.seconds) + (t.attempts.length > 1 ? ' in all' : '') + (t.began === null ? '' : ', from ' + span(t.began)
		+ (t.ended === null ? '' : ' to ' + span(t.ended))));
	fact('Began', waited(t));
	fact('Blocked by', listOf(t.before.filter((e) => !e.hold)));
	fact('Held back by', listOf(t.before.filter((e) => e.hold)));
	fact('Lets go', listOf(t.behind));
	fact('Owns', t.owns ? el('code', {}, t.owns.join(' ') || 'nothing') : null);
	fact('Cost', t.attempts.length ? money(t.cost) : null);
	fact('Tokens', !t.attempts.length ? null : t.tokens_in === null && t.tokens_out === null ? 'not reported'
		: count(t.tokens_in) + ' in, ' + count(t.tokens_out) + ' out');
	fact('Commit', t.commit ? el('code', {}, t.commit) : null);
	return list;
}

function phases(a) {
	const total = Math.max(a.ended - a.began, 0.001), width = 100;
	const bar = svg('svg', {class: 'phases', viewBox: '0 0 ' + width + ' 6', preserveAspectRatio: 'none', 'aria-hidden': 'true'},
		a.spans.map(([kind, , from, to]) => svg('rect', {class: 'k' + kind, x: (from - a.began) / total * width, y: 0, height: 6,
			width: (to - from) / total * width})));
	const words = a.spans.filter((s) => s[3] - s[2] >= 0.05).map((s) => kinds[s[0]] + ' ' + span(s[3] - s[2]));

	return [bar, el('p', {class: 'note'}, words.join(', ') || 'over at once')];
}

// the end of a log is either with the attempt, or shown on the page already
function logOf(a) {
	const there = document.getElementById('tail-' + a.index);
	const text = a.tail || (there ? there.textContent : '');

	if (!text)
		return [];
	return [el('details', {open: a.failure !== null}, [el('summary', {}, 'End of the log'),
		el('pre', {tabindex: '0', 'aria-label': 'The end of the log'}, text)])];
}

function attemptPart(a) {
	const name = 'Attempt ' + a.n + (a.variant ? ' of ' + a.variant : '');
	const parts = [el('h3', {}, [name + ' ', badge(a.state), ' ' + span(a.ended - a.began)]), ...phases(a)];

	if (a.failure)
		parts.push(el('p', {class: 'failed'}, a.failure));
	if (a.decision)
		parts.push(el('p', {}, a.decision + ' by ' + a.reviewer));
	const used = [a.cost === null ? '' : money(a.cost), a.tokens_in === null ? '' : count(a.tokens_in) + ' tokens in',
		a.tokens_out === null ? '' : count(a.tokens_out) + ' out'].filter(Boolean);
	if (used.length)
		parts.push(el('p', {class: 'note'}, used.join(', ')));
	parts.push(...logOf(a));
	if (a.log)
		parts.push(el('p', {class: 'path'}, a.log));
	return el('section', {class: 'attempt'}, parts);
}

function changesPart(c) {
	const rows = c.list.map(([how, path, added, deleted]) => el('tr', {}, [el('td', {}, how), el('td', {class: 'file'}, path),
		el('td', {class: 'plus'}, added === undefined ? '' : '+' + added),
		el('td', {class: 'minus'}, deleted === undefined ? 'not counted' : '−' + deleted)]));
	const parts = [el('h3', {}, ['Changes ', el('span', {class: 'plus'}, '+' + c.added), ' ',
		el('span', {class: 'minus'}, '−' + c.deleted), ' in ' + many(c.files, 'file')]),
	el('div', {class: 'scroll'}, el('table', {class: 'files'}, el('tbody', {}, rows)))];

	if (c.files > c.list.length)
		parts.push(el('p', {class: 'note'}, 'and ' + many(c.files - c.list.length, 'more file')));
	return el('section', {}, parts);
}

function close() {
	const from = cameFrom;

	if (detail.hidden)
		return;
	detail.hidden = true;
	document.body.classList.remove('with-detail');
	selected = null;
	cameFrom = null;
	mark();
	history.replaceState(null, '', location.pathname + location.search);
	if (from && from.isConnected)
		from.focus({preventScroll: true});
}

// shows in the table and the graph which task it is
function mark() {
	table.rows.forEach((row) => {
		if (selected && Number(row.dataset.t) === selected.index)
			row.setAttribute('aria-current', 'true');
		else
			row.removeAttribute('aria-current');
	});
	if (graph.layers.length) {
		if (selected && graph.at.get(selected).folded)
			layOut();
		drawGraph();
	}
}

// `from` is where the keys go back to
function select(t, from, within) {
	const bar = el('div', {class: 'head'}, [el('h2', {}, [t.name, ' ', badge(t.state)]), button('×', 'Close the details', close)]);
	const parts = [bar];

	selected = t;
	cameFrom = from || cameFrom;
	if (t.title && t.title !== t.name)
		parts.push(el('p', {class: 'title'}, t.title));
	parts.push(facts(t), ...[...t.attempts].reverse().map(attemptPart));
	if (t.changes)
		parts.push(changesPart(t.changes));
	detail.replaceChildren(...parts);
	detail.hidden = false;
	detail.scrollTop = 0;
	document.body.classList.add('with-detail');
	hideTip();
	mark();
	history.replaceState(null, '', '#task=' + encodeURIComponent(t.name));
	if (from || within)
		detail.focus({preventScroll: true});
}
