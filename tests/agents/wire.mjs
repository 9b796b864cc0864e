// The wire formats that the mock model speaks. Each has
//
//   serves(path)             whether a POST to the path is its
//   read(body, path)         { model, stream, tools, turns } of a request; a turn is { user: TEXT }
//                            or { result: CALL ID }, in the order of the conversation
//   answer(out, request, reply)   writes what the model says: reply is { calls, text, usage }
//   cut(out, request, reply)      the same, but not to the end
//   error(status, message)   the body of a failed request
//
// and nothing else knows about formats.

const text = (content) => typeof content === 'string' ? content
	: (content || []).map((part) => part.text ?? '').join('\n');

// What a tool that runs shell commands may be called, best first; and one that writes a whole file.
const SHELLS = ['exec_command', 'shell_command', 'shell', 'local_shell', 'bash', 'Bash', 'run_shell_command',
	'container.exec', 'developer__shell', 'execute_command', 'terminal'];
const WRITERS = ['write', 'Write', 'write_file', 'create_file', 'create'];
const quote = (s) => `'${s.replaceAll("'", `'\\''`)}'`;

// The arguments for a tool: `known` under whichever name its schema has, and something for every
// other argument that the schema requires.
function fit(tool, known) {
	const properties = tool.schema?.properties || {};
	const given = {};
	for (const [names, value] of known) {
		const name = names.find((n) => n in properties) ?? names[0];
		const type = properties[name]?.type;
		given[name] = type === 'array' ? ['sh', '-c', value] : value;
	}
	for (const name of tool.schema?.required || []) {
		if (name in given)
			continue;
		const p = properties[name] || {};
		given[name] = p.enum ? p.enum[0] : { integer: 60000, number: 60000, boolean: false, array: [], object: {} }[p.type]
			?? 'as the script says';
	}
	return given;
}

// The call that does what a step of the script asks for, with the tools that the program offers.
export function toolCall(tools, wanted) {
	const pick = (names) => names.map((n) => tools.find((t) => t.name === n)).find(Boolean);
	if (wanted.tool)
		return { name: wanted.tool, args: wanted.args ?? {}, kind: tools.find((t) => t.name === wanted.tool)?.kind };
	if (wanted.write !== undefined) {
		const tool = pick(WRITERS);
		if (tool)
			return { name: tool.name, kind: tool.kind, args: fit(tool, [
				[['filePath', 'file_path', 'path'], wanted.write],
				[['content', 'file_text', 'contents'], wanted.content ?? '']]) };
		wanted = { shell: `printf %s ${quote(wanted.content ?? '')} > ${quote(wanted.write)}` };
	}
	const tool = pick(SHELLS);
	if (!tool)
		return null;
	return { name: tool.name, kind: tool.kind, command: wanted.shell,
		args: fit(tool, [[['command', 'cmd'], wanted.shell]]) };
}

function sse(out) {
	out.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
	return (data, event) => out.write(`${event ? `event: ${event}\n` : ''}data: ${
		typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
}

function json(out, value) {
	out.writeHead(200, { 'content-type': 'application/json' });
	out.end(JSON.stringify(value));
}

// What was written is on its way before the connection breaks.
const breakOff = (out) => void setTimeout(() => out.destroy(), 100);

const openaiError = (status, message) => ({ error: { message, type: status === 429 ? 'rate_limit_error' : 'server_error',
	code: status === 429 ? 'rate_limit_exceeded' : null, param: null } });

// ---- OpenAI, Responses ----

export const responses = {
	name: 'responses',
	serves: (path) => path.endsWith('/responses'),

	read(body) {
		const turns = [];
		for (const item of typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input || []) {
			if (item.role === 'user')
				turns.push({ user: text(item.content) });
			else if (/_output$/.test(item.type ?? '') && item.call_id)
				turns.push({ result: item.call_id });
		}
		return { model: body.model, stream: body.stream !== false, turns,
			tools: (body.tools || []).map((t) => ({ name: t.name ?? t.type, kind: t.type, schema: t.parameters })) };
	},

	items(reply) {
		const items = reply.calls.map((c) => {
			if (c.kind === 'local_shell')
				return { type: 'local_shell_call', id: `lsh_${c.id}`, call_id: c.id, status: 'completed',
					action: { type: 'exec', command: ['sh', '-c', c.command], env: {} } };
			if (c.kind === 'custom')
				return { type: 'custom_tool_call', id: `ctc_${c.id}`, call_id: c.id, name: c.name,
					input: typeof c.args === 'string' ? c.args : JSON.stringify(c.args), status: 'completed' };
			return { type: 'function_call', id: `fc_${c.id}`, call_id: c.id, name: c.name,
				arguments: JSON.stringify(c.args), status: 'completed' };
		});
		if (reply.text !== undefined)
			items.push({ type: 'message', id: `msg_${reply.id}`, role: 'assistant', status: 'completed',
				content: [{ type: 'output_text', text: reply.text, annotations: [] }] });
		return items;
	},

	whole(request, reply) {
		const u = reply.usage;
		return { id: `resp_${reply.id}`, object: 'response', created_at: 1, model: request.model, status: 'completed',
			output: this.items(reply),
			usage: { input_tokens: u.input, input_tokens_details: { cached_tokens: u.cached },
				output_tokens: u.output, output_tokens_details: { reasoning_tokens: u.reasoning },
				total_tokens: u.input + u.output } };
	},

	answer(out, request, reply, cut) {
		const whole = this.whole(request, reply);
		if (!request.stream)
			return json(out, whole);
		const send = sse(out);
		let n = 0;
		const event = (type, rest) => send({ type, sequence_number: n++, ...rest }, type);
		event('response.created', { response: { ...whole, status: 'in_progress', output: [], usage: null } });
		if (reply.fail) {
			event('response.failed', { response: { ...whole, status: 'failed', output: [], usage: null,
				error: { code: reply.fail.code ?? 'server_error', message: reply.fail.message } } });
			return out.end();
		}
		whole.output.forEach((item, output_index) => {
			event('response.output_item.added', { output_index, item: { ...item, status: 'in_progress',
				...(item.content && { content: [] }) } });
			if (item.content)
				event('response.output_text.delta', { output_index, content_index: 0, item_id: item.id,
					delta: item.content[0].text });
			if (!cut)
				event('response.output_item.done', { output_index, item });
		});
		if (cut)
			return breakOff(out);
		event('response.completed', { response: whole });
		out.end();
	},

	error: openaiError,
};

// ---- OpenAI, Chat Completions ----

export const chat = {
	name: 'chat',
	serves: (path) => path.endsWith('/chat/completions'),

	read(body) {
		const turns = [];
		for (const m of body.messages || []) {
			if (m.role === 'user')
				turns.push({ user: text(m.content) });
			else if (m.role === 'tool')
				turns.push({ result: m.tool_call_id });
		}
		return { model: body.model, stream: !!body.stream, turns,
			tools: (body.tools || []).map((t) => ({ name: t.function?.name, kind: t.type, schema: t.function?.parameters })) };
	},

	answer(out, request, reply, cut) {
		const u = reply.usage;
		const usage = { prompt_tokens: u.input, completion_tokens: u.output, total_tokens: u.input + u.output,
			prompt_tokens_details: { cached_tokens: u.cached },
			completion_tokens_details: { reasoning_tokens: u.reasoning } };
		const message = { role: 'assistant', content: reply.text ?? null };
		const finish_reason = reply.calls.length ? 'tool_calls' : 'stop';
		if (reply.calls.length)
			message.tool_calls = reply.calls.map((c, index) => ({ index, id: c.id, type: 'function',
				function: { name: c.name, arguments: JSON.stringify(c.args) } }));
		const base = { id: `chatcmpl-${reply.id}`, created: 1, model: request.model };
		if (!request.stream)
			return json(out, { ...base, object: 'chat.completion',
				choices: [{ index: 0, message, finish_reason }], usage });
		const send = sse(out);
		const chunk = (delta, finish = null, rest) => send({ ...base, object: 'chat.completion.chunk',
			choices: [{ index: 0, delta, finish_reason: finish }], ...rest });
		if (reply.fail) {
			send(openaiError(500, reply.fail.message));
			return out.end();
		}
		chunk(message);
		if (cut)
			return breakOff(out);
		chunk({}, finish_reason, { usage });
		send('[DONE]');
		out.end();
	},

	error: openaiError,
};

// ---- Anthropic, Messages ----

export const messages = {
	name: 'messages',
	serves: (path) => /\/messages(\/count_tokens)?$/.test(path),

	read(body, path) {
		const turns = [];
		for (const m of body.messages || []) {
			if (m.role !== 'user')
				continue;
			for (const part of typeof m.content === 'string' ? [{ type: 'text', text: m.content }] : m.content || []) {
				if (part.type === 'tool_result')
					turns.push({ result: part.tool_use_id });
				else if (part.type === 'text')
					turns.push({ user: part.text });
			}
		}
		return { model: body.model, stream: !!body.stream, turns, count: path.endsWith('/count_tokens'),
			tools: (body.tools || []).map((t) => ({ name: t.name, kind: t.type, schema: t.input_schema })) };
	},

	answer(out, request, reply, cut) {
		const u = reply.usage;
		if (request.count)
			return json(out, { input_tokens: u.input });
		const usage = { input_tokens: u.input - u.cached, cache_creation_input_tokens: 0,
			cache_read_input_tokens: u.cached, output_tokens: u.output };
		const content = [];
		if (reply.text !== undefined)
			content.push({ type: 'text', text: reply.text });
		for (const c of reply.calls)
			content.push({ type: 'tool_use', id: `toolu_${c.id}`, name: c.name, input: c.args });
		const stop_reason = reply.calls.length ? 'tool_use' : 'end_turn';
		const base = { id: `msg_${reply.id}`, type: 'message', role: 'assistant', model: request.model, stop_sequence: null };
		if (!request.stream)
			return json(out, { ...base, content, stop_reason, usage });
		const send = sse(out);
		const event = (type, rest) => send({ type, ...rest }, type);
		event('message_start', { message: { ...base, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } } });
		if (reply.fail) {
			event('error', { error: { type: 'api_error', message: reply.fail.message } });
			return out.end();
		}
		content.forEach((part, index) => {
			event('content_block_start', { index, content_block: part.type === 'text' ? { ...part, text: '' }
				: { ...part, input: {} } });
			event('content_block_delta', { index, delta: part.type === 'text' ? { type: 'text_delta', text: part.text }
				: { type: 'input_json_delta', partial_json: JSON.stringify(part.input) } });
			if (!cut)
				event('content_block_stop', { index });
		});
		if (cut)
			return breakOff(out);
		event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage });
		event('message_stop', {});
		out.end();
	},

	error: (status, message) => ({ type: 'error', error: { type: status === 429 ? 'rate_limit_error' : 'api_error', message } }),
};

// ---- Google, generateContent ----

export const gemini = {
	name: 'gemini',
	serves: (path) => /:(streamGenerateContent|generateContent|countTokens)$/.test(path),

	read(body, path) {
		const turns = [];
		for (const c of body.contents || []) {
			if (c.role === 'model')
				continue;
			for (const part of c.parts || []) {
				if (part.functionResponse)
					turns.push({ result: part.functionResponse.id });
				else if (part.text)
					turns.push({ user: part.text });
			}
		}
		return { model: /models\/([^:]+):/.exec(path)?.[1], turns, count: path.endsWith(':countTokens'),
			stream: path.endsWith(':streamGenerateContent'),
			tools: (body.tools || []).flatMap((t) => t.functionDeclarations || [])
				.map((t) => ({ name: t.name, kind: 'function', schema: t.parametersJsonSchema ?? t.parameters })) };
	},

	answer(out, request, reply, cut) {
		const u = reply.usage;
		if (request.count)
			return json(out, { totalTokens: u.input });
		const parts = reply.calls.map((c) => ({ functionCall: { id: c.id, name: c.name, args: c.args } }));
		if (reply.text !== undefined)
			parts.push({ text: reply.text });
		const whole = { candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }],
			usageMetadata: { promptTokenCount: u.input, cachedContentTokenCount: u.cached,
				candidatesTokenCount: u.output, thoughtsTokenCount: u.reasoning, totalTokenCount: u.input + u.output },
			modelVersion: request.model, responseId: reply.id };
		if (!request.stream)
			return json(out, whole);
		const send = sse(out);
		if (cut) {
			delete whole.candidates[0].finishReason;
			send(whole);
			return breakOff(out);
		}
		send(reply.fail ? { error: { code: 500, message: reply.fail.message, status: 'INTERNAL' } } : whole);
		out.end();
	},

	error: (status, message) => ({ error: { code: status, message, status: status === 429 ? 'RESOURCE_EXHAUSTED' : 'INTERNAL' } }),
};

export const formats = [responses, chat, messages, gemini];
