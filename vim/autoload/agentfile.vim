" What the plugin knows of an Agentfile: its words, which line is what, where tasks and files are.
let s:save = &cpoptions
set cpoptions&vim

" The words of the language by the place where they may stand, each with what follows it: src/lang/keyword_list.h.
let s:words = {
  \ 'top': {
  \   'agentfile': 'word', 'include': 'word', 'include?': 'word', 'for': 'special', 'task': 'special',
  \   'defaults': 'special', 'agent': 'user', 'base': 'word', 'into': 'word', 'land': 'word', 'jobs': 'word',
  \   'min-tasks': 'word', 'confirm': 'word', 'conflicts': 'word', 'reverify': 'word', 'history': 'word',
  \   'protect': 'list', 'worktrees': 'word', 'sandbox': 'word', 'writable': 'list', 'notify': 'commands',
  \   'pool': 'special', 'budget': 'words', 'copy': 'list', 'setup': 'commands',
  \ },
  \ 'task': {
  \   'agent': 'user', 'budget': 'words', 'copy': 'list', 'setup': 'commands', 'title': 'text', 'owns': 'list',
  \   'shares': 'list', 'stray': 'word', 'reads': 'list', 'blocked-by': 'list', 'prompt': 'text',
  \   'context': 'list', 'run': 'commands', 'verify': 'commands', 'retries': 'word', 'timeout': 'word',
  \   'estimate': 'word', 'when': 'words', 'env': 'list', 'review': 'user', 'stall': 'words', 'uses': 'list', 'variants': 'list',
  \   'choose': 'commands', 'role': 'word', 'brief': 'text', 'emits': 'list', 'on-conflict': 'user',
  \   'allow-empty': 'none', 'tags': 'list',
  \ },
  \ 'agent': {
  \   'writable': 'list', 'run': 'commands', 'role': 'word', 'with': 'list', 'program': 'word',
  \   'resume': 'commands', 'capture': 'regexes', 'sum': 'regexes', 'done': 'regexes', 'fail': 'regexes',
  \   'approve': 'regexes', 'reject': 'regexes', 'price': 'list',
  \ },
  \ }

" The agents that are built in: src/lang/prelude.agentfile.
let s:agents = ['aider', 'amp', 'claude', 'codex', 'copilot', 'cursor', 'gemini', 'goose', 'opencode', 'sh']

function! agentfile#words(place) abort
  return s:words[a:place]
endfunction

function! agentfile#agents() abort
  return copy(s:agents)
endfunction

" ---- which line is what ----
"
" A reading of the lines of a file: {'role': […], 'place': […], 'want': […], 'level': […]}, an entry a line.
" role   'blank', 'comment', 'stmt' (a statement or property), 'words' or 'raw' (in the block of one), 'cont' (goes
"        on from the line before)
" place  of a stmt: 'top', 'loop', 'task', 'agent': what it stands in
" want   how deep it is to be indented; -1: as it is
" level  of folds: how many of its loop and its block it is in
" It goes by the indentation. Where that cannot be, as below a `prompt` without a text that nothing is deeper than,
" it goes by the words: what begins with the word of a property is one.

" how deep a line is; -1: it is blank
function! s:width(line) abort
  let l:blanks = matchstr(a:line, '^\s*')
  return len(l:blanks) == len(a:line) ? -1 : strdisplaywidth(l:blanks)
endfunction

function! s:first(line) abort
  return matchstr(a:line, '^\s*\zs[a-z][a-z-]*?\=\ze+\=\%(\s\|$\)')
endfunction

" does it go on with the next line?
function! s:continued(line) abort
  return a:line[-1:] ==# '\' && len(matchstr(a:line, '\\\+$')) % 2
endfunction

" what stands behind the keyword; of words, without a comment
function! s:value(line, raw) abort
  let l:rest = matchstr(a:line, '^\s*\S\+\s*\zs.*')
  return a:raw ? l:rest : substitute(l:rest, '\%(^\|\s\)#.*', '', '')
endfunction

" Is this a line that can only be a statement of the file, wherever it stands?
function! s:is_statement(line, lines, i) abort
  if a:line !~# '^\s*\%(task\|for\|defaults\|agent\)\>'
    return 0
  endif
  if a:line =~# '^\s*\%(task\s\+[^[:blank:]:#]\+\%(\s*:.*\|\s*\%(#.*\)\=\)$\|task\s*$\|defaults\s*\%(#.*\)\=$\)'
    return 1
  endif
  if a:line =~# '^\s*for\s\+\h[[:alnum:]_-]*\s\+in\s'
    return a:line !~# ';\s*do\>' && get(a:lines, a:i + 1, '') !~# '^\s*do\>' " which is a loop of the shell
  endif
  return a:line =~# '^\s*agent\s\+\h[[:alnum:]_-]*\s*\%(#.*\)\=$' && s:has_adapter(a:lines, a:i)
endfunction

" Is `agent NAME` followed by what stands in the block of an agent, and nowhere else?
function! s:has_adapter(lines, i) abort
  let l:next = s:next(a:lines, a:i + 1)
  if l:next >= len(a:lines)
    return 0
  endif
  let l:word = s:first(a:lines[l:next])
  if has_key(s:words.agent, l:word) && !has_key(s:words.task, l:word) && !has_key(s:words.top, l:word)
    return 1
  endif
  " `run` is a property of both: then it depends on what comes before
  return has_key(s:words.agent, l:word) && (a:i == 0 || a:lines[a:i - 1] =~# '^\s*\%(#.*\)\=$')
endfunction

" the next line that is neither blank nor a comment
function! s:next(lines, i) abort
  let l:i = a:i
  while l:i < len(a:lines) && a:lines[l:i] =~# '^\s*\%(#.*\)\=$'
    let l:i += 1
  endwhile
  return l:i
endfunction

" Is it a property of the place, by its words alone?
function! s:is_property(place, lines, i) abort
  let l:line = a:lines[a:i]
  let l:word = s:first(l:line)
  if !has_key(s:words[a:place], l:word)
    return 0
  endif
  return s:words[a:place][l:word] !=# 'regexes' || l:line =~# '^\s*\S\+\s*\%(/\|$\)'
endfunction

" does the block that this line begins need lines?
function! s:needs_block(line, kind) abort
  if a:line =~# '^\s*verify+\=\s\+fresh\s*\%(#.*\)\=$'
    return 1 " which it may do without
  endif
  return a:kind !=# 'none' && s:value(a:line, a:kind =~# 'text\|commands\|regexes') ==# ''
endfunction

" In a block that is not deeper than its keyword: the line where it ends.
function! s:flat_end(lines, i, place, kind) abort
  let l:i = a:i + 1
  let l:last = a:i
  let l:deep = 0 " of the first line
  while l:i < len(a:lines)
    let l:line = a:lines[l:i]
    if l:line =~# '^\s*$'
      let l:i += 1
      continue
    endif
    if l:last > a:i
      let l:at = l:line =~# '^\s*#' ? s:next(a:lines, l:i) : l:i
      " a comment goes with what follows it
      if l:at >= len(a:lines) || s:is_statement(a:lines[l:at], a:lines, l:at)
        \ || (a:place !=# 'top' && s:is_property(a:place, a:lines, l:at))
        \ || (s:width(l:line) < l:deep && l:at == l:i)
        \ || (a:lines[l:i - 1] =~# '^\s*$' && (l:line =~# '^\s*\u[A-Z0-9_]*\s*[?+]\==\s'
        \   || a:kind !~# 'text' && has_key(s:words.top, s:first(l:line))))
        break
      endif
    endif
    let l:deep = l:last > a:i ? l:deep : s:width(l:line)
    let l:last = l:i
    let l:i += 1
  endwhile
  return l:last
endfunction

" How much deeper than the block the lines of a script are that has lost its indentation.
function! s:script_depths(lines) abort
  let l:depth = 0
  let l:depths = []
  for l:line in a:lines
    let l:line = substitute(l:line, '"[^"]*"\|''[^'']*''\|\%(^\|\s\)#.*', '', 'g')
    let l:out = l:line =~# '^\s*\%(done\|fi\|esac\|else\|elif\|}\|)\)\>\@=' || l:line =~# '^\s*[})]'
    call add(l:depths, max([0, l:depth - l:out]))
    let l:opens = len(split(' ' . l:line . ' ', '\%(^\|[[:blank:];&|]\)\%(do\|then\|{\|case\)\ze[[:blank:];]', 1)) - 1
    let l:closes = len(split(' ' . l:line . ' ', '\%(^\|[[:blank:];&|]\)\%(done\|fi\|}\|esac\)\ze[[:blank:];&|>]', 1)) - 1
    let l:opens -= l:line =~# '^\s*elif\>' ? 1 : 0
    let l:depth = max([0, l:depth + l:opens - l:closes])
  endfor
  return l:depths
endfunction

function! agentfile#read(lines, step) abort
  let l:n = len(a:lines)
  let l:r = {'role': repeat([''], l:n), 'place': repeat([''], l:n), 'want': repeat([-1], l:n), 'level': repeat([0], l:n)}
  let l:loops = []
  let l:body = {}
  let l:comments = []
  let l:level = 0
  let l:depths = map(copy(a:lines), 's:width(v:val)')
  let l:i = 0
  while l:i < l:n
    let l:line = a:lines[l:i]
    if l:depths[l:i] < 0
      let l:r.role[l:i] = 'blank'
      let l:r.want[l:i] = 0
      let l:r.level[l:i] = -1
      let l:i += 1
      continue
    endif
    if l:line =~# '^\s*#'
      let l:r.role[l:i] = 'comment'
      let l:r.level[l:i] = -1
      call add(l:comments, l:i)
      let l:i += 1
      continue
    endif

    " a statement or a property
    let l:old = l:depths[l:i]
    let l:word = s:first(l:line)
    let l:statement = s:is_statement(l:line, a:lines, l:i)
    if !empty(l:body)
      if l:old > l:body.old
        let l:leaves = l:statement && l:word !=# 'agent'
      else
        let l:leaves = !l:body.flat || l:statement || !s:is_property(l:body.place, a:lines, l:i)
          \ || (has_key(s:words.top, l:word) && l:i && a:lines[l:i - 1] =~# '^\s*$')
      endif
      if l:leaves
        let l:body = {}
      endif
    endif
    if empty(l:body)
      while !empty(l:loops)
        let l:loop = l:loops[-1]
        if l:word =~# '^\%(task\|for\)$' && (l:loop.flat ? s:names(a:lines, l:i, l:loop.var) || !l:loop.some : l:old > l:loop.old)
          let l:loop.some = 1
          break
        endif
        call remove(l:loops, -1)
      endwhile
      let l:place = empty(l:loops) ? 'top' : 'loop'
      let l:want = empty(l:loops) ? 0 : l:loops[-1].want + a:step
      let l:level = len(l:loops)
    else
      let l:place = l:body.place
      let l:want = l:body.want + a:step
      let l:level = len(l:loops) + 1
    endif
    let l:r.role[l:i] = 'stmt'
    let l:r.place[l:i] = l:place
    let l:r.want[l:i] = l:want
    let l:r.level[l:i] = l:level
    " a comment above goes with it, where it is as deep
    for l:c in l:comments
      if s:width(a:lines[l:c]) == l:old
        let l:r.want[l:c] = l:want
      endif
    endfor
    let l:comments = []

    let l:at = l:i
    let l:kind = get(get(s:words, l:place ==# 'loop' ? 'top' : l:place, {}), l:word, '')
    " lines that it goes on with are left as they are, beside what is said about words
    let l:raw = l:kind =~# 'text\|commands\|regexes'
    while s:continued(a:lines[l:i]) && l:i + 1 < l:n
      let l:i += 1
      let l:r.role[l:i] = 'cont'
      let l:r.level[l:i] = l:level
      if !l:raw
        let l:deep = s:width(a:lines[l:i])
        let l:r.want[l:i] = l:deep > l:old ? l:deep + l:want - l:old : l:want + a:step
      endif
    endwhile
    let l:i += 1

    if l:place =~# 'top\|loop' && l:word =~# '^\%(task\|defaults\|agent\)$'
      let l:place = l:word ==# 'agent' ? 'agent' : 'task'
      let l:next = s:next(a:lines, l:i)
      let l:flat = l:next < l:n && s:width(a:lines[l:next]) <= l:old
      let l:body = {'place': l:place, 'old': l:old, 'want': l:want, 'flat': l:flat}
      let l:r.level[l:at] = l:level + 1
    elseif l:word ==# 'for'
      let l:next = s:next(a:lines, l:i)
      let l:flat = l:next < l:n && s:width(a:lines[l:next]) <= l:old
      call add(l:loops, {'old': l:old, 'want': l:want, 'flat': l:flat, 'some': 0,
        \ 'var': matchstr(l:line, '^\s*for\s\+\zs\S\+')})
      let l:r.level[l:at] = l:level + 1
    elseif l:kind !=# '' && l:kind !=# 'special' && s:needs_block(l:line, l:kind)
      let l:i = s:block(a:lines, l:r, l:at, l:i, {'place': l:place, 'kind': l:kind, 'old': l:old, 'want': l:want, 'level': l:level, 'depths': l:depths}, a:step)
    endif
  endwhile
  return l:r
endfunction

" Does the name of the task, or of the next task of the loop, at line i hold the variable?
function! s:names(lines, i, var) abort
  let l:i = a:i
  while l:i < len(a:lines) && a:lines[l:i] =~# '^\s*for\s'
    let l:i = s:next(a:lines, l:i + 1)
  endwhile
  return l:i < len(a:lines) && matchstr(a:lines[l:i], '^\s*task\s\+\zs[^:]*') =~# '{{\s*\%(q\s\+\)\=' . a:var . '\s*}}'
endfunction

" The block of the property at line `at`; `i` is the line behind it. Returns the line behind the block.
function! s:block(lines, r, at, i, p, step) abort
  let l:raw = a:p.kind =~# 'text\|commands\|regexes'
  let l:depths = a:p.depths
  let l:next = a:i
  while l:next < len(a:lines) && a:lines[l:next] =~# (l:raw ? '^\s*$' : '^\s*\%(#.*\)\=$')
    let l:next += 1
  endwhile
  if l:next >= len(a:lines)
    return a:i
  endif
  let l:flat = l:depths[l:next] <= a:p.old
  if l:flat
    " something is missing while a line is being written: what comes next is not taken for it
    if s:is_statement(a:lines[l:next], a:lines, l:next)
      \ || (a:p.place !=# 'top' && s:is_property(a:p.place, a:lines, l:next))
      \ || (a:p.place ==# 'top' && has_key(s:words.top, s:first(a:lines[l:next])))
      return a:i
    endif
    let l:end = s:flat_end(a:lines, a:at, a:p.place, a:p.kind)
  else
    let l:end = l:next
    let l:i = l:next
    while l:i < len(a:lines)
      if l:depths[l:i] < 0 || (!l:raw && a:lines[l:i] =~# '^\s*#')
        let l:i += 1
        continue
      endif
      if l:depths[l:i] <= a:p.old && !(l:i > 0 && l:i > l:next && s:continued(a:lines[l:i - 1]))
        break
      endif
      let l:end = l:i
      let l:i += 1
    endwhile
  endif
  " what all its lines have in common is not part of it
  let l:common = -1
  let l:most = 0
  for l:i in range(l:next, l:end)
    let l:w = l:depths[l:i]
    if l:w >= 0 && (l:raw || a:lines[l:i] !~# '^\s*#')
      let l:common = l:common < 0 ? l:w : min([l:common, l:w])
      let l:most = max([l:most, l:w])
    endif
  endfor
  let l:script = l:flat && l:most == l:common && a:p.kind ==# 'commands'
    \ ? s:script_depths(a:lines[l:next : l:end]) : []
  for l:i in range(a:i, l:end)
    let l:blank = l:depths[l:i] < 0
    let a:r.role[l:i] = l:raw ? 'raw' : l:blank ? 'blank' : 'words'
    let a:r.level[l:i] = a:p.level
    if l:blank
      let a:r.want[l:i] = 0
    elseif l:raw
      let l:more = empty(l:script) ? l:depths[l:i] - l:common : l:script[l:i - l:next] * a:step
      let a:r.want[l:i] = a:p.want + a:step + l:more
    elseif a:lines[l:i] =~# '^\s*#' && l:depths[l:i] < l:common
      let a:r.role[l:i] = 'comment'
    else
      let a:r.want[l:i] = a:p.want + a:step
    endif
  endfor
  return l:end + 1
endfunction

" the reading of this buffer, made again where it has changed
function! agentfile#buffer() abort
  let l:key = [b:changedtick, shiftwidth()]
  if get(b:, 'agentfile_key', []) != l:key
    let b:agentfile_read = agentfile#read(getline(1, '$'), shiftwidth())
    let b:agentfile_key = l:key
  endif
  return b:agentfile_read
endfunction

" ---- indenting ----

" One operator (gg=G) asks line after line, and has changed those above: it is answered from the reading of what was
" there before. While text is typed, no more than the block above is read.
function! agentfile#indent(lnum) abort
  let l:line = getline(a:lnum)
  let l:run = get(b:, 'agentfile_indenting', {})
  if get(l:run, 'next') != a:lnum || l:run.lines != line('$') || l:run.tick < b:changedtick - 1
    \ || get(l:run.text, a:lnum - l:run.first, '') !=# l:line
    let l:typing = mode() =~# '^[iR]'
    let l:first = l:typing ? max([1, search('^\%(task\|for\|defaults\|agent\)\>', 'bnW')]) : 1
    let l:text = getline(l:first, l:typing ? a:lnum + 20 : '$')
    let l:run = {'lines': line('$'), 'first': l:first, 'text': l:text, 'read': agentfile#read(l:text, shiftwidth())}
    let b:agentfile_indenting = l:typing ? {} : l:run
  endif
  let l:run.next = nextnonblank(a:lnum + 1)
  let l:run.tick = b:changedtick
  if l:line =~# '^\s*$'
    return s:typed(a:lnum, l:run.read, l:run.first)
  endif
  " what is as deep as it should be is left, tabs in a text and all; anything else gets the indentation of the file
  let l:want = l:run.read.want[a:lnum - l:run.first]
  let &l:preserveindent = l:want < 0 || (l:want == indent(a:lnum) && l:line[0] ==# (&expandtab || l:want < &tabstop ? ' ' : "\t"))
  return l:want
endfunction

" a line that is being written
function! s:typed(lnum, read, first) abort
  let l:above = prevnonblank(a:lnum - 1)
  if l:above < a:first
    return 0
  endif
  let l:role = a:read.role[l:above - a:first]
  let l:line = getline(l:above)
  if l:role ==# 'stmt'
    let l:place = a:read.place[l:above - a:first]
    let l:word = s:first(l:line)
    let l:kind = get(s:words[l:place ==# 'loop' ? 'top' : l:place], l:word, '')
    if (l:place =~# 'top\|loop' && l:word =~# '^\%(task\|for\|defaults\|agent\)$')
      \ || (l:kind !=# '' && l:kind !=# 'special' && s:needs_block(l:line, l:kind))
      return indent(l:above) + shiftwidth()
    endif
  endif
  return indent(l:above)
endfunction

" ---- folding: a task a fold, those of a loop in that of the loop ----

function! agentfile#fold(lnum) abort
  let l:read = agentfile#buffer()
  let l:level = l:read.level[a:lnum - 1]
  if l:level < 0
    " blank lines and comments: between lines of one block they are of the block
    let l:i = a:lnum
    while l:i < len(l:read.level) && l:read.level[l:i] < 0
      let l:i += 1
    endwhile
    if l:i >= len(l:read.level)
      return 0
    endif
    let l:after = l:read.level[l:i]
    return s:opens(l:read, l:i) ? l:after - 1 : l:after
  endif
  return s:opens(l:read, a:lnum - 1) ? '>' . l:level : l:level
endfunction

function! s:opens(read, i) abort
  return a:read.role[a:i] ==# 'stmt' && a:read.place[a:i] =~# 'top\|loop'
    \ && getline(a:i + 1) =~# '^\s*\%(task\|for\|defaults\|agent\)\>'
endfunction

function! agentfile#foldtext() abort
  return substitute(getline(v:foldstart), '\t', repeat(' ', &tabstop), 'g') . '  (' . (v:foldend - v:foldstart + 1) . ' lines)'
endfunction

" ---- tasks ----

" [{'lnum', 'col', 'name'}…] of what stands in the buffer, in order; kind is 'task' or 'agent'
function! agentfile#defined(kind) abort
  let l:read = agentfile#buffer()
  let l:found = []
  for l:i in range(len(l:read.role))
    if l:read.role[l:i] !=# 'stmt' || l:read.place[l:i] !~# 'top\|loop'
      continue
    endif
    let l:line = getline(l:i + 1)
    let l:at = matchstrpos(l:line, '^\s*' . a:kind . '\s\+\zs\%({{.\{-}}}\|[^[:blank:]:]\)\+')
    if l:at[1] >= 0
      call add(l:found, {'lnum': l:i + 1, 'col': l:at[1] + 1, 'name': substitute(l:at[0], '["'']', '', 'g')})
    endif
  endfor
  return l:found
endfunction

" [[ and ]]: to the count'th task before or behind the cursor
function! agentfile#jump(direction, mode) abort
  let l:count = v:count1
  if a:mode ==# 'x'
    normal! gv
  endif
  let l:lines = map(agentfile#defined('task'), 'v:val.lnum')
  let l:here = line('.')
  let l:there = a:direction > 0 ? filter(l:lines, 'v:val > l:here') : reverse(filter(l:lines, 'v:val < l:here'))
  if empty(l:there)
    return
  endif
  normal! m'
  call cursor(l:there[min([l:count, len(l:there)]) - 1], 1)
  if a:mode !=# 'o' " an operator takes whole lines
    normal! ^
  endif
endfunction

" A glob over names as a pattern; {{…}} is anything.
function! s:pattern(name) abort
  let l:out = ''
  let l:rest = a:name
  while l:rest !=# ''
    let l:part = matchstr(l:rest, '^\%({{.\{-}}}\|\*\+\|?\|.\)')
    let l:out .= l:part =~# '^{{\|^\*' ? '.*' : l:part ==# '?' ? '.' : escape(l:part, '\.*[]^$~')
    let l:rest = l:rest[len(l:part) :]
  endwhile
  return '^' . l:out . '$'
endfunction

" the task that a blocker means: by its name, else by a name that has variables, else by the glob
function! agentfile#task(name) abort
  let l:tasks = agentfile#defined('task')
  for l:way in ['v:val.name ==# a:name', 'a:name =~# s:pattern(v:val.name)',
    \ 'substitute(v:val.name, "{{.\\{-}}}", "x", "g") =~# s:pattern(a:name)']
    let l:found = filter(copy(l:tasks), l:way)
    if !empty(l:found)
      return l:found[0]
    endif
  endfor
  return {}
endfunction

" ---- gf ----

" the word under the cursor, without quotes and what stands before a path
function! s:word() abort
  let l:line = getline('.')
  let l:col = col('.') - 1
  let l:start = 0
  while 1
    let l:at = matchstrpos(l:line, '\%("[^"]*"\|''[^'']*''\|{{.\{-}}}\|[^[:blank:]"'']\)\+', l:start)
    if l:at[1] < 0
      return ''
    endif
    if l:col < l:at[2]
      return l:col < l:at[1] ? '' : substitute(l:at[0], '["'']', '', 'g')
    endif
    let l:start = l:at[2]
  endwhile
endfunction

" the property or statement that this line belongs to
function! agentfile#owner(lnum) abort
  let l:read = agentfile#buffer()
  let l:i = a:lnum - 1
  while l:i > 0 && l:read.role[l:i] !=# 'stmt'
    let l:i -= 1
  endwhile
  return {'lnum': l:i + 1, 'word': s:first(getline(l:i + 1)), 'place': l:read.place[l:i]}
endfunction

" Goes to the task that blocks, the agent that is asked, or the file; else does what gf does.
function! agentfile#go(command) abort
  let l:owner = agentfile#owner(line('.'))
  let l:word = s:word()
  let l:behind = col('.') > len(matchstr(getline('.'), '^\s*\S\+'))
  let l:target = {}
  if l:word !=# '' && (l:behind || line('.') != l:owner.lnum)
    if l:owner.word ==# 'blocked-by' || (l:owner.word ==# 'task' && strpart(getline('.'), 0, col('.')) =~# ':')
      let l:target = agentfile#task(substitute(l:word, '^.\{-}:\ze.\|^!', '', ''))
    elseif l:owner.word =~# '^\%(agent\|review\|on-conflict\)$' && l:owner.place ==# 'task'
      let l:target = get(filter(agentfile#defined('agent'), 'v:val.name ==# l:word'), 0, {})
    endif
  endif
  if !empty(l:target)
    normal! m'
    if a:command !=# 'gf'
      split
    endif
    call cursor(l:target.lnum, l:target.col)
    return
  endif
  let l:file = l:word ==# '' ? '' : agentfile#file(l:word)
  if l:file ==# ''
    execute 'normal! ' . (a:command ==# 'gf' ? 'gf' : "\<C-w>f")
  else
    execute (a:command ==# 'gf' ? 'edit' : 'split') fnameescape(fnamemodify(l:file, ':~:.'))
  endif
endfunction

" the root of the repository, or the folder of the file
function! agentfile#root() abort
  let l:here = expand('%:p:h')
  let l:git = finddir('.git', escape(l:here, ' ,;\') . ';')
  if l:git ==# ''
    let l:git = findfile('.git', escape(l:here, ' ,;\') . ';')
  endif
  return l:git ==# '' ? l:here : fnamemodify(substitute(fnamemodify(l:git, ':p'), '/$', '', ''), ':h')
endfunction

" The file or folder that a word means, or ''. Of a glob, the folder that it begins with.
function! agentfile#file(word) abort
  let l:name = substitute(a:word, '^[@!]', '', '')
  let l:home = l:name =~# '^[~/]'
  let l:folders = l:home ? [''] : [expand('%:p:h') . '/', agentfile#root() . '/']
  for l:folder in l:folders
    for l:suffix in ['', '.agentfile']
      let l:path = l:folder . l:name . l:suffix
      let l:path = l:home ? expand(l:path) : l:path
      if l:name !=# '' && (filereadable(l:path) || isdirectory(l:path))
        return l:path
      endif
    endfor
  endfor
  let l:some = l:name =~# '{{' ? substitute(l:name, '{{.\{-}}}', '*', 'g') : l:name
  if l:some =~# '[*?[{]'
    for l:folder in reverse(l:folders)
      let l:found = l:some =~# '\*\*' ? [] : filter(glob(escape(l:folder, '*?[]{}\ ') . l:some, 1, 1), 'filereadable(v:val)')
      if len(l:found) == 1
        return l:found[0]
      endif
      let l:path = l:folder . substitute(l:some, '[^/]*[*?[{].*', '', '')
      if l:path !=# l:folder && isdirectory(l:path)
        return substitute(l:path, '/$', '', '')
      endif
    endfor
  endif
  return ''
endfunction

" 'includeexpr'
function! agentfile#include(name) abort
  let l:file = agentfile#file(a:name)
  return l:file ==# '' ? a:name : l:file
endfunction

" ---- completion ----

let s:choices = {
  \ 'land': ['ask', 'auto'], 'confirm': ['tty', 'never', 'always'], 'conflicts': ['hold', 'any-order', 'error'],
  \ 'reverify': ['always', 'reads'], 'history': ['merge', 'squash'],
  \ 'sandbox': ['auto', 'require', 'off', 'bwrap', 'landlock'], 'stray': ['fail', 'revert', 'widen'],
  \ 'verify': ['fresh'], 'when': ['changed'], 'agentfile': ['1'], 'choose': ['ask'], 'stall': ['kill'],
  \ 'budget': ['attempts', 'finish', 'kill'],
  \ }
" Those that are known when a command is run or a brief is written: src/lang/late.h.
let s:variables = ['task', 'attempt', 'base', 'failure', 'variant', 'slot', 'prompt', 'prompt_file', 'session', 'title',
  \ 'role', 'files', 'reads', 'context', 'verify', 'event', 'message']

" every word behind the keyword, in the buffer
function! s:words_of(keyword, pattern) abort
  let l:found = []
  for l:line in getline(1, line('.') - 1) + getline(line('.') + 1, '$')
    if l:line =~# '^\s*' . a:keyword . '+\=\s'
      call extend(l:found, split(matchstr(l:line, a:pattern)))
    endif
  endfor
  return uniq(sort(l:found))
endfunction

function! s:pools() abort
  return s:words_of('pool', 'pool\s\+\zs\S\+')
endfunction

function! agentfile#variables() abort
  let l:found = s:variables + s:pools()
  for l:line in getline(1, '$')
    let l:name = matchstr(l:line, '^\%(\s*for\s\+\zs\h[[:alnum:]_-]*\ze\s\+in\>\|\zs\h[[:alnum:]_-]*\ze\s*[?+]\==\)')
    if l:name !=# ''
      call add(l:found, l:name)
    endif
  endfor
  return uniq(sort(l:found))
endfunction

" The place of a line that is being written: what is above and less deep.
function! s:place(lnum) abort
  let l:read = agentfile#buffer()
  let l:depth = indent(a:lnum)
  let l:i = a:lnum - 2
  while l:depth > 0 && l:i >= 0
    if l:read.role[l:i] ==# 'stmt' && indent(l:i + 1) < l:depth
      let l:word = s:first(getline(l:i + 1))
      let l:place = l:read.place[l:i]
      if l:place =~# 'top\|loop'
        return l:word =~# '^\%(task\|defaults\)$' ? 'task' : l:word ==# 'agent' ? 'agent' : l:word ==# 'for' ? 'loop' : 'value'
      endif
      return 'value'
    endif
    let l:i -= 1
  endwhile
  return 'top'
endfunction

" names of tasks; for those of loops, what they begin with and a star
function! agentfile#names() abort
  let l:names = []
  for l:task in agentfile#defined('task')
    call add(l:names, l:task.name)
    if l:task.name =~# '{{'
      call add(l:names, substitute(l:task.name, '{{.\{-}}}', '*', 'g'))
    endif
  endfor
  return filter(l:names, 'v:val !~# "{{"')
endfunction

function! s:items(words, menu) abort
  return map(copy(a:words), '{"word": v:val, "menu": a:menu}')
endfunction

function! s:files(base) abort
  let l:root = agentfile#root() . '/'
  let l:found = glob(escape(l:root, '*?[]{}\ ') . escape(a:base, '*?[]{}\ ') . '*', 0, 1)
  return map(l:found, 'v:val[len(l:root) :] . (isdirectory(v:val) ? "/" : "")')
endfunction

" 'omnifunc': keywords where one may stand, and what may follow them
function! agentfile#omni(findstart, base) abort
  if a:findstart
    return match(strpart(getline('.'), 0, col('.') - 1), '[^[:blank:]:"''{}=!@]*$')
  endif
  return filter(s:candidates(a:base), 'strpart(v:val.word, 0, len(a:base)) ==# a:base')
endfunction

function! s:candidates(base) abort
  let l:before = strpart(getline('.'), 0, col('.') - 1)
  let l:before = strpart(l:before, 0, len(l:before) - (l:before[-len(a:base) :] ==# a:base ? len(a:base) : 0))
  if l:before =~# '{{\%(q\s\+\)\=$'
    return s:items(agentfile#variables(), 'variable')
  endif
  let l:owner = {'word': s:first(l:before . ' '), 'lnum': line('.')}
  if l:before =~# '^\s*$'
    let l:place = s:place(line('.'))
    if l:place ==# 'loop'
      return s:items(['for', 'task'], 'statement')
    elseif l:place !=# 'value'
      return s:items(sort(keys(s:words[l:place])), l:place ==# 'top' ? 'statement' : 'property')
    endif
    let l:owner = agentfile#owner(prevnonblank(line('.') - 1))
  endif
  let l:word = l:owner.word
  if (l:word ==# 'task' && l:before =~# ':') || l:word ==# 'blocked-by'
    return s:items(agentfile#names(), 'task')
  elseif l:word =~# '^\%(agent\|review\|on-conflict\)$' && l:before !~# '\<with\s'
    let l:all = uniq(sort(map(agentfile#defined('agent'), 'v:val.name') + s:agents))
    return s:items(l:word ==# 'on-conflict' ? ['stop', 'retry'] : [], 'choice') + s:items(l:all, 'agent')
      \ + (l:before =~# '\S\s\+\S\+\s' ? s:items(['with'], 'keyword') : [])
  elseif l:word ==# 'for'
    return s:items(l:before =~# '\<in\s\+$' ? ['glob', 'lines'] : l:before =~# 'for\s\+\S\+\s\+$' ? ['in'] : s:files(a:base), '')
  elseif l:word ==# 'tags'
    return s:items(s:words_of('tags', 'tags+\=\s\+\zs.*'), 'tag')
  elseif l:word ==# 'uses'
    return s:items(s:pools(), 'pool')
  elseif has_key(s:choices, l:word) && (l:word !~# '^\%(verify\|choose\|when\)$' || l:before =~# '^\s*\S\+\s*$')
    return s:items(s:choices[l:word], 'choice')
  endif
  return s:items(s:files(a:base), 'file')
endfunction

let &cpoptions = s:save
unlet s:save
