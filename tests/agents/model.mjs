// A mock model for agent programs: it answers on loopback as a model's API would, but by a script.
//
// usage: node model.mjs --script FILE --port-file FILE [--log FILE] [--bodies FOLDER] [--seconds N]
//
// It listens on a port of 127.0.0.1 that is free and writes its number into the port file, by rename. It
// ends on TERM or INT, or after N seconds (600), whatever was forgotten.
//
// What it answers depends on nothing but the conversation that it is sent and the script: the brief in it
// says which task (`# Task: NAME`) and which attempt (`This is attempt N`), and the ids of the tool calls
// that it made itself say how far that attempt has come. So any number of agents can talk to it at once.
//
// The script, in JSON:
//
//   { "usage":   { "input": 100, "cached": 10, "output": 20, "reasoning": 0 },   what each answer reports
//     "tasks":   { "NAME": [ATTEMPT, …], "*": … },      the last attempt serves for all further ones
//     "reviews": { "NAME": [ATTEMPT, …] } }             briefs that begin with `# Review: NAME`
//
// An ATTEMPT is a list of steps. A step is what one request is answered with:
//
//   { "shell": "COMMAND" }        a call of the program's tool for shell commands
//   { "shell": ["A", "B"] }       two calls in one answer
//   { "write": "PATH", "content": "…" }   its tool for files, or else a shell command
//   { "tool": "NAME", "args": {} }  any call, offered or not
//   { "text": "…" }               what it says; without a call beside it, that ends the turn
//   { "status": 500, "message": "…", "times": 2 }   fails the request; `times`: only so often
//   { "fail": "…", "code": "…" }  an error in the stream, after status 200
//   { "hang": true }              no answer at all
//   { "cut": true, "text": "…" }  breaks off in the middle of the answer
//
// and each may have "usage" (over the script's) and "delay" (milliseconds before the answer). After the last
// step comes the text "Done.".
//
// A request that offers no tools (a title for the session, a summary) is answered with the text "A title".
// A conversation without a brief, or of a task that the script has not, is answered with status 400, so a test
// that got it wrong fails at once. With --log, each request leaves one line of JSON; with --bodies, also its
// body, as FOLDER/N.json.
import fs from 'node:fs';
import http from 'node:http';
import zlib from 'node:zlib';
import { formats, toolCall } from './wire.mjs';

function usage(message) {
	process.stderr.write(`model.mjs: ${message}\nusage: node model.mjs --script FILE --port-file FILE`
		+ ' [--log FILE] [--bodies FOLDER] [--seconds N]\n');
	process.exit(64);
}

function options(argv) {
	const o = { seconds: '600' };
	for (let i = 0; i < argv.length; i += 2) {
		const name = /^--(script|port-file|log|bodies|seconds)$/.exec(argv[i])?.[1];
		if (!name || argv[i + 1] === undefined)
			usage(`bad argument: ${argv[i]}`);
		o[name] = argv[i + 1];
	}
	if (!o.script || !o['port-file'])
		usage('--script and --port-file are needed');
	return o;
}

const option = options(process.argv.slice(2));
const script = JSON.parse(fs.readFileSync(option.script, 'utf8'));
const log = option.log ? fs.openSync(option.log, 'a') : null;
const failures = new Map();
let requests = 0;

// (opencode puts a prompt that is an argument in quotes)
const BRIEF = /^"?#+ *(Task|Review)(?: of)?:? +(\S+)/m;
const RETRY = /^#+ *The attempt before this one failed/m;
const ATTEMPT = /^This is attempt (\d+)/m;

// Where the conversation stands: { kind, task, attempt, retry, step, brief }, or null without a brief.
// The last brief counts; a prompt that only tells of a failure continues the task before it.
function place(turns) {
	let p = null;
	for (const turn of turns) {
		if (turn.user !== undefined) {
			const brief = BRIEF.exec(turn.user);
			const retry = RETRY.test(turn.user);
			if (!brief && !(p && retry))
				continue;
			const said = retry && Number(ATTEMPT.exec(turn.user)?.[1]);
			p = { kind: brief ? brief[1].toLowerCase() : p.kind, task: brief ? brief[2] : p.task, retry,
				attempt: said || (retry ? (p?.attempt ?? 1) + 1 : 1), step: 0, brief: turn.user };
		} else if (p) {
			const call = /call_(\d+)_\d+/.exec(turn.result ?? '');
			if (call)
				p.step = Math.max(p.step, Number(call[1]));
		}
	}
	return p;
}

// The step of the script for a place in a conversation, or undefined where the script lacks the task.
function stepAt(p) {
	const attempts = (p.kind === 'review' ? script.reviews : script.tasks) ?? {};
	const list = attempts[p.task] ?? attempts['*'];
	if (!list?.length)
		return undefined;
	return list[Math.min(p.attempt, list.length) - 1][p.step] ?? { text: 'Done.' };
}

// `times` is the one thing that is remembered: how often this very step has failed.
function stillFails(p, step) {
	if (step.times === undefined)
		return true;
	const key = `${p.kind} ${p.task} ${p.attempt} ${p.step}`;
	failures.set(key, (failures.get(key) ?? 0) + 1);
	return failures.get(key) <= step.times;
}

function skipFailed(p) {
	let step = stepAt(p);
	while (step?.status && !stillFails(p, step)) {
		p.step++;
		step = stepAt(p);
	}
	return step;
}

function reply(request, p, step) {
	const r = { calls: [], usage: { input: 100, cached: 10, output: 20, reasoning: 0, ...script.usage, ...step.usage },
		id: `${requests}`, text: step.text };
	const wanted = step.tool || step.write !== undefined ? [step] : [step.shell ?? []].flat().map((shell) => ({ shell }));
	for (const [k, w] of wanted.entries()) {
		const call = toolCall(request.tools, w);
		if (!call)
			return null;
		r.calls.push({ ...call, id: `call_${p.step + 1}_${k}_${requests}` });
	}
	if (step.fail)
		r.fail = { message: step.fail, code: step.code };
	if (!r.calls.length && r.text === undefined)
		r.text = '';
	return r;
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function serve(format, path, headers, body, out) {
	const request = format.read(body, path);
	const p = request.tools.length ? place(request.turns) : null;
	const line = { n: requests, format: format.name, path, model: request.model, stream: request.stream,
		key: headers.authorization ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? null,
		tools: request.tools.map((t) => t.name), kind: p?.kind ?? null, task: p?.task ?? null,
		attempt: p?.attempt ?? null, retry: p?.retry ?? null, step: p?.step ?? null };
	const note = (answer) => log !== null
		&& fs.writeSync(log, JSON.stringify({ ...line, answer, brief: p?.brief ?? null }) + '\n');
	const refuse = (status, message, answer) => {
		note(answer ?? `status ${status}: ${message}`);
		// programs that try again wait for this long, not for their own many seconds
		out.writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '20' });
		out.end(JSON.stringify(format.error(status, message)));
	};

	if (!request.tools.length) {
		note('title');
		return format.answer(out, request, reply(request, { step: 0 }, { text: 'A title' }));
	}
	if (!p)
		return refuse(400, 'no brief in the conversation');
	const step = skipFailed(p);
	line.step = p.step;
	if (!step)
		return refuse(400, `the script has no ${p.kind} ${p.task}`);
	if (step.delay)
		await pause(step.delay);
	if (step.hang)
		return note('hang');
	if (step.status)
		return refuse(step.status, step.message ?? 'the script says so', `status ${step.status}`);
	const r = reply(request, p, step);
	if (!r)
		return refuse(400, `no shell tool among: ${line.tools.join(' ')}`);
	note(step.fail ? `fail: ${step.fail}` : step.cut ? 'cut'
		: r.calls.length ? r.calls.map((c) => `${c.name} ${JSON.stringify(c.args)}`).join('; ') : `text: ${r.text}`);
	format.answer(out, request, r, step.cut);
}

function decoded(bytes, encoding) {
	switch (encoding) {
	case undefined: case 'identity': return bytes;
	case 'gzip': return zlib.gunzipSync(bytes);
	case 'deflate': return zlib.inflateSync(bytes);
	case 'br': return zlib.brotliDecompressSync(bytes);
	case 'zstd': if (zlib.zstdDecompressSync) return zlib.zstdDecompressSync(bytes);
	}
	throw new Error(`content-encoding ${encoding}`);
}

const server = http.createServer((req, out) => {
	const chunks = [];
	req.on('data', (d) => chunks.push(d));
	req.on('end', () => {
		const path = new URL(req.url, 'http://x').pathname;
		const format = req.method === 'POST' ? formats.find((f) => f.serves(path)) : null;
		requests++;
		if (!format) {
			// a list of models, telemetry, whatever: nothing there, and nothing wrong
			if (log !== null)
				fs.writeSync(log, JSON.stringify({ n: requests, format: null, method: req.method, path }) + '\n');
			out.writeHead(200, { 'content-type': 'application/json' });
			return out.end('{"object":"list","data":[],"models":[]}');
		}
		try {
			const body = decoded(Buffer.concat(chunks), req.headers['content-encoding']).toString();
			if (option.bodies)
				fs.writeFileSync(`${option.bodies}/${requests}.json`, body);
			serve(format, path, req.headers, JSON.parse(body), out).catch((e) => out.destroy(e));
		} catch (e) {
			out.writeHead(400, { 'content-type': 'application/json' });
			out.end(JSON.stringify(format.error(400, e.message)));
		}
	});
});

server.listen(0, '127.0.0.1', () => {
	const file = option['port-file'];
	if (option.bodies)
		fs.mkdirSync(option.bodies, { recursive: true });
	fs.writeFileSync(`${file}.new`, `${server.address().port}\n`);
	fs.renameSync(`${file}.new`, file);
});
for (const signal of ['SIGTERM', 'SIGINT'])
	process.on(signal, () => process.exit(0));
setTimeout(() => process.exit(0), Number(option.seconds) * 1000).unref();
