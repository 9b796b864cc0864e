'use strict';
// The table is there without this; here it learns to be sorted, filtered and walked through.

const table = {body: null, rows: [], sorted: null, up: true, row: null};

function cellValue(row, column) {
	const cell = row.cells[column];

	if (cell.dataset.v !== undefined)
		return Number(cell.dataset.v);
	return cell.classList.contains('none') ? null : cell.textContent.trim();
}

// what is not known is last, whichever way it is sorted
function compare(a, b, up) {
	if (a === null || b === null)
		return (a === null) - (b === null);
	const c = typeof a === 'number' ? a - b : a.localeCompare(b, undefined, {numeric: true});
	return up ? c : -c;
}

function sortBy(column, header) {
	table.up = table.sorted === column ? !table.up : column < 2;
	table.sorted = column;
	const keyed = table.rows.map((row) => [cellValue(row, column), row]);
	keyed.sort((x, y) => compare(x[0], y[0], table.up) || x[1].dataset.t - y[1].dataset.t);
	table.rows = keyed.map((x) => x[1]);
	table.body.append(...table.rows);
	header.parentElement.querySelectorAll('th').forEach((th) => th.removeAttribute('aria-sort'));
	header.setAttribute('aria-sort', table.up ? 'ascending' : 'descending');
}

function shownRows() {
	return table.rows.filter((row) => !row.hidden);
}

function filterBy(text, says) {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);

	table.rows.forEach((row) => {
		const all = row.textContent.toLowerCase();
		row.hidden = !words.every((w) => all.includes(w));
	});
	const n = shownRows().length;
	says.textContent = words.length ? n + ' of ' + table.rows.length : '';
	if (n && (!table.row || table.row.hidden))
		setRow(shownRows()[0], false);
}

function setRow(row, focus) {
	if (!row)
		return;
	if (table.row)
		table.row.tabIndex = -1;
	table.row = row;
	row.tabIndex = 0;
	if (focus)
		row.focus();
}

function tableKey(e) {
	const rows = shownRows(), k = rows.indexOf(table.row);
	const go = {
		ArrowDown: () => rows[k + 1], ArrowUp: () => rows[k - 1], Home: () => rows[0], End: () => rows[rows.length - 1],
		PageDown: () => rows[Math.min(k + 15, rows.length - 1)], PageUp: () => rows[Math.max(k - 15, 0)],
	}[e.key];

	if (e.target !== table.row)
		return;
	if (go)
		setRow(go(), true);
	else if (e.key === 'Enter' || e.key === ' ')
		select(tasks[table.row.dataset.t], table.row);
	else
		return;
	e.preventDefault();
}

function startTable() {
	const section = document.getElementById('tasks');
	const says = el('span', {class: 'says', role: 'status'});
	const input = el('input', {type: 'search', id: 'filter', placeholder: 'Filter: name, state, title', 'aria-label': 'Filter the tasks',
		autocomplete: 'off', spellcheck: 'false', oninput: () => filterBy(input.value, says)});

	table.body = section.querySelector('tbody');
	table.rows = [...table.body.rows];
	input.addEventListener('keydown', (e) => {
		if (e.key === 'ArrowDown' || e.key === 'Enter') {
			setRow(shownRows()[0], true);
			e.preventDefault();
		} else if (e.key === 'Escape' && input.value) {
			input.value = '';
			filterBy('', says);
			e.stopPropagation();
		}
	});
	section.querySelector('h2').after(el('div', {class: 'tools'}, [input, says]));
	section.querySelectorAll('thead th').forEach((th, column) => {
		th.replaceChildren(el('button', {type: 'button', onclick: () => sortBy(column, th)}, th.textContent));
	});
	table.body.addEventListener('keydown', tableKey);
	table.body.addEventListener('click', (e) => {
		const row = e.target.closest('tr');
		if (row && !String(getSelection())) {
			setRow(row, false);
			select(tasks[row.dataset.t], row);
		}
	});
	table.rows.forEach((row) => { row.tabIndex = -1; });
	setRow(table.rows[0], false);
}
