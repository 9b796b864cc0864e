'use strict';
// Puts it all together: the theme, the keys, the ways in.

function startTheme() {
	const names = ['auto', 'light', 'dark'];
	let k = 0;
	const b = el('button', {type: 'button', class: 'theme', onclick: () => {
		k = (k + 1) % names.length;
		if (k)
			document.documentElement.dataset.theme = names[k];
		else
			delete document.documentElement.dataset.theme;
		b.textContent = 'theme: ' + names[k];
	}, title: 'Light or dark'}, 'theme: auto');

	document.querySelector('header').append(b);
}

// what stands in the page with the number of a task leads to its details
function startLinks() {
	document.querySelectorAll('.chain [data-t] b').forEach((b) => {
		const t = tasks[b.closest('[data-t]').dataset.t];
		b.replaceChildren(el('button', {type: 'button', class: 'link', onclick: (e) => select(t, e.currentTarget)}, t.name));
	});
	document.querySelectorAll('.failure').forEach((d) => {
		const t = tasks[d.dataset.t];
		d.append(el('button', {type: 'button', onclick: (e) => select(t, e.currentTarget)}, 'All of ' + t.name));
	});
}

function startKeys() {
	document.addEventListener('keydown', (e) => {
		const typing = e.target.closest('input, textarea');

		if (e.key === 'Escape') {
			hideTip();
			close();
		} else if (e.key === '/' && !typing && !e.ctrlKey && !e.metaKey && !e.altKey) {
			document.getElementById('filter').focus();
			e.preventDefault();
		}
	});
	document.querySelector('footer').append(el('p', {class: 'keys'}, [
		['Tab', 'goes from part to part'], ['arrows', 'move in the timeline, the graph and the table'],
		['Enter', 'shows a task'], ['Esc', 'closes it'], ['/', 'filters'], ['+ − 0', 'zoom'],
	].flatMap(([key, what]) => [el('kbd', {}, key), ' ' + what + ' '])));
}

function startPrinting() {
	let closed = [];

	addEventListener('beforeprint', () => {
		closed = [...document.querySelectorAll('main details:not([open])')];
		closed.forEach((d) => { d.open = true; });
		timeline.zoom = 1;
		drawTimeline();
	});
	addEventListener('afterprint', () => {
		closed.forEach((d) => { d.open = false; });
		drawTimeline();
	});
}

function openNamed() {
	const m = /^#task=(.*)$/.exec(location.hash);
	let name = null;

	try {
		name = m && decodeURIComponent(m[1]);
	} catch (e) {
		return; // it was cut, or made by hand
	}
	const t = tasks.find((x) => x.name === name);
	if (t)
		select(t, null);
}

document.body.append(detail, tip);
startTheme();
startTable();
startTimeline();
startGraph();
startLinks();
startKeys();
startPrinting();
openNamed();
