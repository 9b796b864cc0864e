" The checks of the Vim files, each a function; $CHECK names those to be done. What is wrong goes to $WRONG.
source $TESTS/vim/lib.vim
let s:examples = split(glob($TESTS . '/../examples/*/Agentfile') . "\n" . glob($TESTS . '/../examples/*.agentfile'), "\n")
let s:prelude = $TESTS . '/../src/lang/prelude.agentfile'
let s:sample = $TESTS . '/vim/sample.agentfile'

function! s:group(lnum, col) abort
  return synIDattr(synID(a:lnum, a:col, 1), 'name')
endfunction

" the group at the text, on the first line that the pattern matches
function! s:group_of(line, text) abort
  let l:lnum = search(a:line, 'cnw')
  let l:col = stridx(getline(l:lnum), a:text) + 1
  return l:lnum && l:col ? s:group(l:lnum, l:col) : 'no such place'
endfunction

function! Check_filetype() abort
  for l:name in ['Agentfile', 'plan.agentfile', 'Agentfile.local']
    call writefile(['# a comment', 'task a'], l:name)
    execute 'edit' l:name
    call assert_equal('agentfile', &filetype, l:name)
  endfor
  call assert_equal('# %s', &commentstring)
  call assert_equal('.agentfile', &suffixesadd)
endfunction

function! Check_groups() abort
  execute 'edit' s:sample
  for [l:line, l:text, l:group] in [
    \ ['^# What', 'What', 'Comment'], ['^# What', 'TODO', 'Todo'],
    \ ['^agentfile', 'agentfile', 'Statement'], ['^agentfile', '1', 'Number'],
    \ ['^land', 'auto', 'Choice'], ['^land', '# at', 'Comment'], ['^budget', '$20.5', 'Number'],
    \ ['^include', 'include', 'PreProc'], ['^include', 'more/', 'File'],
    \ ['^protect', '**', 'Glob'], ['^protect', '!', 'Not'],
    \ ['^notify', 'notify', 'Statement'], ['^notify', '{{q', 'Variable'], ['^notify', 'q mess', 'Quote'],
    \ ['^pool', 'pool', 'Statement'], ['^pool', '3', 'Number'],
    \ ['^NAME', 'NAME', 'Name'], ['^NAME', '?=', 'Operator'], ['^NAME', '"a', 'String'], ['^NAME', '\u', 'Escape'],
    \ ['^NAME', '{{{{', 'Braces'], ['^NAME', "'raw", 'String'],
    \ ['^agent mine', 'agent', 'Statement'], ['^agent mine', 'mine', 'AgentName'],
    \ ['program', 'program', 'Property'], ['^    with', 'MODEL', 'Pair'],
    \ ['then$', 'if [', 'shCond'], ['then$', '$MODEL', 'shDeref'], ["'{{q", '{{q', 'Variable'],
    \ ['capture', '/', 'Delimiter'], ['capture', '(?<', 'RegexGroup'], ['capture', 'session>', 'RegexName'],
    \ ['capture', '[^', 'RegexClass'], ['done  ', '\{', 'RegexEscape'],
    \ ['^defaults', 'defaults', 'Statement'], ['agent  mine', 'mine', 'Used'], ['agent  mine', 'with', 'With'],
    \ ['env', 'env', 'Property'], ['env', '{{', 'Variable'],
    \ ['^task first', 'task', 'Statement'], ['^task first', 'first', 'TaskName'],
    \ ['title', '# is', 'Text'], ['title', '{{', 'Variable'],
    \ ['sources', '*', 'Glob'], ['sources', '# the', 'Comment'], ['!src/{', '!', 'Not'], ['!src/{', '{', 'Glob'],
    \ ['# Heading', '# H', 'Heading'], ['`code`', '`c', 'Code'], ['`code`', '**b', 'Bold'], ['`code`', '*sl', 'Italic'],
    \ ['`code`', '_text', 'Text'], ['`code`', '*.c are', 'Text'], ['- an item', '-', 'Item'],
    \ ['- an item', '[link', 'Link'], ['> cited', '>', 'Cite'], ['```sh', '```', 'Delimiter'],
    \ ['echo "$HOME" #', '$HOME', 'shDeref'], ['run the', 'run', 'Text'], ['run the', 'task', 'Text'],
    \ ['verify fresh', 'verify', 'Property'], ['verify fresh', 'fresh', 'Fresh'],
    \ ['wc -l', '$(', 'shC'], ['not closed', "'n", 'shQuote'], ['not closed', 'closed', 'shSingle'], ['true \\', 'true', 'shSt'],
    \ ['&& false', '&&', 'shOperator'], ['stray', 'revert', 'Way'], ['retries', '2', 'Number'], ['review', 'mine', 'Used'],
    \ ['timeout', '1h', 'Number'], ['estimate', '2d', 'Number'], ['10 attempts', '10', 'Number'], ['10 attempts', 'attempts', 'Way'],
    \ ['10 attempts', 'finish', 'Way'], ['^budget', 'kill', 'Choice'],
    \ ['^for', 'for', 'Repeat'], ['^for', 'R in', 'LoopName'], ['^for', 'in', 'In'], ['^for', 'glob', 'Items'],
    \ ['route-{{', 'task', 'Statement'], ['route-{{', 'route', 'TaskName'], ['route-{{', '{{', 'Variable'],
    \ ['route-{{', ':', 'Colon'], ['route-{{', 'first', 'Blocker'], ['route-{{', '# c', 'Comment'],
    \ ['blocked-by', 'blocked', 'Property'], ['blocked-by', 'first', 'Blocker'], ['context', 'context', 'Property'],
    \ ['prompt *@', '@', 'ReadFrom'], ['timeout', '1h30m', 'Number'], ['on-conflict', 'retry', 'Used'],
    \ ['uses', 'db', 'Pair'], ['verify+', '+', 'Property'], ['verify+', '{{port', 'Variable'],
    \ ['verify+', '|', 'shOperator'], ['verify+', '{{R', 'Variable'], ['allow-empty', 'allow', 'Switch'],
    \ ['^task all', '*', 'Glob'], ['when', 'changed', 'Changed'], ['  for f', 'for', 'shLoop'],
    \ ]
    let l:got = s:group_of(l:line, l:text)
    let l:want = l:group =~# '^sh' ? '^' . l:group : '^agentfile' . l:group . '$'
    call assert_match(l:want, l:got, l:line . ', ' . l:text)
  endfor
endfunction

" every word of the language, in its place, is highlighted as one; what is none is an error
function! Check_words() abort
  for [l:place, l:head] in [['top', ''], ['task', 'task a'], ['task', 'defaults'], ['agent', 'agent a']]
    for l:wrong in ['', 'x-']
      let l:indent = l:head ==# '' ? '' : '    '
      let l:lines = []
      for [l:word, l:kind] in items(agentfile#words(l:place)) + (l:place ==# 'task' ? [['owns+', 'list'], ['verify+', 'commands']] : [['writable+', 'list']])
        call add(l:lines, l:indent . l:wrong . l:word
          \ . (l:word ==# 'for' ? ' X in y' : l:kind ==# 'none' ? '' : l:kind ==# 'regexes' ? ' /a/' : ' a b'))
      endfor
      call assert_true(len(l:lines) > 10)
      enew!
      call setline(1, [l:head] + l:lines)
      setlocal filetype=agentfile
      for l:lnum in range(2, line('$'))
        call assert_match(l:wrong ==# '' ? '^agentfile\%(Property\|Statement\|Repeat\|PreProc\|Switch\)$' : '^agentfileError$',
          \ s:group(l:lnum, len(l:indent) + 1), l:head . ' ' . getline(l:lnum))
      endfor
    endfor
  endfor
  enew!
  call setline(1, ['task a', '    jobs 3', 'owns a'])
  setlocal filetype=agentfile
  call assert_equal(['agentfileError', 'agentfileError'], [s:group(2, 5), s:group(3, 1)])
endfunction

function! Check_no_error() abort
  let l:seen = 0
  let l:corpus = map(glob($TESTS . '/corpus/*.plan', 0, 1), 'fnamemodify(v:val, ":r") . ".agentfile"')
  call assert_true(len(l:corpus) > 20)
  for l:file in s:examples + [s:sample, s:prelude] + l:corpus
    execute 'edit' fnameescape(l:file)
    call assert_equal('agentfile', &filetype)
    for l:lnum in range(1, line('$'))
      for l:col in range(1, len(getline(l:lnum)))
        let l:id = synID(l:lnum, l:col, 1)
        let l:seen += l:id > 0
        if synIDattr(synIDtrans(l:id), 'name') =~? 'error' || synIDattr(l:id, 'name') =~? 'error'
          call add(v:errors, l:file . ':' . l:lnum . ':' . l:col . ': ' . synIDattr(l:id, 'name'))
        endif
      endfor
    endfor
  endfor
  call assert_true(l:seen > 5000, 'only ' . l:seen . ' places have a group')
endfunction

" what is seen first, wherever that is, is the same as from the beginning
function! Check_sync() abort
  let l:lines = readfile(s:sample)
  let l:all = len(l:lines)
  new
  call setline(1, repeat(l:lines, 4))
  setlocal filetype=agentfile
  let l:near = map(range(1, l:all), '[s:group(v:val, match(getline(v:val), "\\S") + 1), s:group(v:val, col([v:val, "$"]) - 1)]')
  for l:lnum in range(1, l:all)
    syntax on
    let l:there = 3 * l:all + l:lnum
    let l:far = [s:group(l:there, match(getline(l:there), '\S') + 1), s:group(l:there, col([l:there, '$']) - 1)]
    call assert_equal(l:near[l:lnum - 1], l:far, l:lnum . ': ' . getline(l:there))
  endfor
endfunction

function! Check_indent_same() abort
  for l:file in s:examples + [s:sample, s:prelude]
    execute 'edit' fnameescape(l:file)
    call assert_equal([], Difference(readfile(l:file), Indented(readfile(l:file))), l:file)
    edit!
    " one line alone, here and there, from the end
    for l:lnum in range(line('$'), 1, -7)
      execute l:lnum . 'normal! =='
    endfor
    call assert_equal([], Difference(readfile(l:file), getline(1, '$')), l:file . ', line by line')
    edit!
  endfor
endfunction

function! Check_indent_flat() abort
  for l:file in s:examples
    execute 'edit' fnameescape(l:file)
    call assert_equal([], Difference(readfile(l:file), Indented(Flattened(readfile(l:file)))), l:file)
    edit!
  endfor
endfunction

function! Check_indent_shifted() abort
  for l:file in s:examples + [s:prelude]
    execute 'edit' fnameescape(l:file)
    for l:along in [0, 1]
      for l:seed in l:file ==# s:prelude ? [1] : range(0, 9, 3)
        let l:lines = Shifted(readfile(l:file), l:seed, l:along)
        call assert_notequal(readfile(l:file), l:lines)
        call assert_equal([], Difference(readfile(l:file), Indented(l:lines)), l:file . ', ' . l:seed . ', ' . l:along)
      endfor
    endfor
    edit!
  endfor
endfunction

" what each case of the corpus that is all right means is not changed: tests/vim.sh asks agentmake
function! Check_indent_corpus() abort
  for l:file in split(glob($TESTS . '/corpus/*.plan'), "\n")
    let l:name = fnamemodify(l:file, ':t:r')
    execute 'edit' fnameescape($TESTS . '/corpus/' . l:name . '.agentfile')
    silent normal! gg=G
    let l:once = getline(1, '$')
    silent normal! gg=G
    call assert_equal(l:once, getline(1, '$'), l:name . ', once more')
    execute 'silent write!' fnameescape($PWD . '/indented/' . l:name . '.agentfile')
    edit!
  endfor
endfunction

function! Check_indent_tabs() abort
  let l:lines = map(readfile(s:examples[0]), 'substitute(v:val, "    ", "\t", "g")')
  call writefile(l:lines, 'tabs.agentfile')
  edit tabs.agentfile
  call assert_equal(0, &expandtab)
  call assert_equal([], Difference(l:lines, Indented(l:lines)))
  " a tab further in is text; what was indented by blanks gets tabs throughout
  let l:lines = ['task a', "\trun", "\t\tcat \tx", "\t\t    y", "\t\t \tz", 'task b', "\tprompt x"]
  call writefile(l:lines, 'text.agentfile')
  edit text.agentfile
  call assert_equal(l:lines, Indented(l:lines))
  call assert_equal(['task a', "\trun", "\t\tcat", "\t\t  x"], Indented(['task a', '  run', repeat(' ', 16) . 'cat', repeat(' ', 18) . 'x']))
  call writefile(['task a', '  owns', '    b', '  run x'], 'two.agentfile')
  edit two.agentfile
  call assert_equal(2, &shiftwidth)
  call assert_equal(['task a', '  owns', '    b', '  run x'], Indented(['task a', '    owns', '      b', '    run x']))
endfunction

function! Check_typing() abort
  new
  setlocal filetype=agentfile
  execute "normal! itask a\<CR>owns b\<CR>prompt\<CR>one\<CR>two\<Esc>"
  call assert_equal(['task a', '    owns b', '    prompt', '        one', '        two'], getline(1, '$'))
  execute "normal! o\<C-d>verify true\<CR>task b\<Esc>"
  call assert_equal(['    verify true', 'task b'], getline(6, '$'))
  " in a text it is text; behind a task of a loop, its properties
  execute "normal! oprompt\<CR>task list\<CR>run it\<Esc>"
  call assert_equal(['    prompt', '        task list', '        run it'], getline(8, '$'))
  silent %delete _
  execute "normal! ifor X in a b\<CR>task {{X}}\<CR>verify fresh\<CR>true\<Esc>"
  call assert_equal(['for X in a b', '    task {{X}}', '        verify fresh', '            true'], getline(1, '$'))
  call cursor(2, 1)
  execute "normal! oowns\<CR>a\<Esc>"
  call assert_equal(['        owns', '            a', '        verify fresh'], getline(3, 5))
endfunction

function! Check_folds() abort
  execute 'edit' s:sample
  call assert_equal('expr', &foldmethod)
  let l:got = {}
  for [l:pattern, l:level] in [['^# What', 0], ['^land', 0], ['^agent mine', 1], ['#!/bin', 1], ['^defaults', 1], ['^task first', 1],
    \ ['# Heading', 1], ['run the', 1], ['^for', 1], ['task route', 2], ['allow-empty', 2], ['^task all', 1], ['  when', 1]]
    call assert_equal(l:level, foldlevel(search(l:pattern, 'cnw')), l:pattern)
  endfor
  normal! zM
  let l:task = search('^task first', 'cnw')
  call assert_equal(l:task, foldclosed(l:task + 5))
  call assert_equal(search('review', 'cnw'), foldclosedend(l:task))
  call assert_equal(-1, foldclosed(l:task - 1))
  call assert_match('^task first  (\d\+ lines)$', foldtextresult(l:task))
endfunction


function! Check_jumps() abort
  execute 'edit' s:sample
  let l:at = map(['^task first', 'task route', '^task all'], 'search(v:val, "cnw")')
  call cursor(1, 1)
  for l:lnum in l:at + [l:at[-1]]
    normal ]]
    call assert_equal(l:lnum, line('.'))
  endfor
  normal 2[[
  call assert_equal([l:at[0], 1], [line('.'), col('.')])
  call cursor(1, 1)
  normal 2]]
  call assert_equal([l:at[1], 5], [line('.'), col('.')])
  call cursor(l:at[0], 1)
  normal d]]
  call assert_equal(l:at[0], search('task route', 'cnw'))
  undo
  call cursor(l:at[0], 1)
  execute "normal v]]\<Esc>"
  call assert_equal(l:at[1], line("'>"))
endfunction

" gf at a text of a line, and where it leads: the file's name, or what the line there matches
function! s:gf(line, text, file, there) abort
  edit! Agentfile
  call cursor(search(a:line, 'cnw'), 1)
  call cursor(line('.'), stridx(getline('.'), a:text) + 1)
  normal gf
  call assert_equal(a:file, expand('%:t'), a:line . ' ' . a:text)
  call assert_match(a:there, getline('.'), a:line . ' ' . a:text)
endfunction

function! Check_gf() abort
  call mkdir('repo/.git', 'p')
  for l:folder in ['sub/more', 'sub/docs', 'src/deep', 'docs']
    call mkdir('repo/' . l:folder, 'p')
  endfor
  call writefile(['included'], 'repo/sub/more/other.agentfile')
  call writefile(['the brief'], 'repo/sub/docs/brief.md')
  call writefile(['the plan'], 'repo/docs/plan.md')
  call writefile(['source'], 'repo/src/a.c')
  call writefile(['x y'], 'repo/src/x y.c')
  call writefile(['include more/other', 'agent mine', '    run true', 'task first', '    owns  !src/a.c "src/x y.c" src/deep/**',
    \ '    agent mine', '    context docs/plan.md', '    prompt @docs/brief.md', 'for R in a b', '    task route-{{R}}: first',
    \ '        blocked-by', '            first', 'task last: route-a route-* nosuch first'], 'repo/sub/Agentfile')
  cd repo/sub
  call s:gf('^include', 'other', 'other.agentfile', 'included')
  call s:gf('prompt', 'brief', 'brief.md', 'the brief')
  call s:gf('prompt', '@', 'brief.md', 'the brief')
  call s:gf('context', 'plan', 'plan.md', 'the plan')
  call s:gf('owns', 'src/a', 'a.c', 'source')
  call s:gf('owns', '!', 'a.c', 'source')
  call s:gf('owns', 'y.c', 'x y.c', 'x y')
  call s:gf('agent mine', 'mine', 'Agentfile', '^agent mine')
  call s:gf('    agent mine', 'mine', 'Agentfile', '^agent mine')
  call s:gf('task route', 'first', 'Agentfile', '^task first')
  call s:gf('^            first', 'first', 'Agentfile', '^task first')
  call s:gf('^task last', 'route-a', 'Agentfile', 'task route-{{R}}')
  call s:gf('^task last', 'route-*', 'Agentfile', 'task route-{{R}}')
  edit! Agentfile
  call cursor(search('^task last', 'cnw'), 1)
  call cursor(line('.'), stridx(getline('.'), 'first') + 1)
  execute "normal \<C-w>f"
  call assert_match('^task first', getline('.'))
  call assert_equal(2, winnr('$'))
  only
  call assert_equal(fnamemodify('../docs/plan.md', ':p'), fnamemodify(agentfile#file('docs/plan.md'), ':p'))
  call assert_match('repo/src/deep$', agentfile#file('src/deep/**'))
  call assert_match('repo/docs/plan.md$', agentfile#file('docs/p*.md'))
  call assert_equal('', agentfile#file('nosuch'))
  cd ../..
endfunction

" the words that are offered where the cursor is behind the text, which takes the place of a line
function! s:omni(lnum, text) abort
  let l:was = getline(a:lnum)
  call setline(a:lnum, a:text)
  call cursor(a:lnum, 1)
  let g:offered = {}
  " in insert mode, as completion is asked
  execute "normal! A\<C-r>=Offered()\<CR>\<Esc>"
  call setline(a:lnum, l:was)
  return g:offered.words
endfunction

function! Offered() abort
  let l:start = agentfile#omni(1, '')
  let l:base = strpart(getline('.'), l:start, col('.') - 1 - l:start)
  let g:offered = {'words': map(agentfile#omni(0, l:base), 'v:val.word'), 'start': l:start}
  return ''
endfunction

function! Check_omni() abort
  execute 'edit' s:sample
  setlocal noautoindent indentkeys=
  call assert_equal('agentfile#omni', &omnifunc)
  call assert_equal(sort(keys(agentfile#words('top'))), s:omni(2, ''))
  call assert_equal(['include', 'include?', 'into'], s:omni(2, 'in'))
  let l:first = search('^task first', 'cnw')
  call assert_equal(['prompt'], s:omni(l:first + 1, '    pr'))
  call assert_equal(sort(keys(agentfile#words('task'))), s:omni(l:first + 1, '    '))
  call assert_equal(['with', 'writable'], s:omni(search('    program', 'cnw'), '    w'))
  call assert_equal(['for', 'task'], s:omni(search('    task route', 'cnw'), '    '))
  call assert_equal(['first', 'route-*', 'all'], s:omni(search('^task all', 'cnw'), 'task all: '))
  call assert_equal(['route-*'], s:omni(search('^task all', 'cnw'), 'task all:ro'))
  call assert_equal(['first'], s:omni(search('    blocked-by', 'cnw'), '        blocked-by fi'))
  call assert_equal(['claude', 'codex', 'copilot', 'cursor'], s:omni(l:first + 1, '    agent c'))
  call assert_equal(['mine'], s:omni(l:first + 1, '    review mi'))
  call assert_equal(['with'], s:omni(l:first + 1, '    agent mine w'))
  call assert_equal(['retry'], s:omni(l:first + 1, '    on-conflict r'))
  call assert_equal(['fail', 'revert', 'widen'], s:omni(l:first + 1, '    stray '))
  call assert_equal(['never'], s:omni(3, 'confirm n'))
  call assert_equal(['glob'], s:omni(search('^for', 'cnw'), 'for R in g'))
  call assert_equal(['port'], s:omni(l:first + 1, '    uses p'))
  call assert_equal(['attempts', 'finish', 'kill'], s:omni(l:first + 1, '    budget 3 '))
  call assert_equal(['quick'], s:omni(l:first + 1, '    tags q'))
  call assert_equal(['NAME'], s:omni(l:first + 1, '    title {{NA'))
  call assert_equal(['R'], s:omni(l:first + 1, '    run echo {{q R'))
  call assert_equal(['port'], s:omni(l:first + 1, '    run echo {{po'))
  let l:late = map(filter(readfile($TESTS . '/../src/lang/late.h'), 'v:val =~# "^\tL("'), 'split(v:val, "\"")[1]')
  call assert_true(len(l:late) > 15)
  call assert_equal(sort(l:late + ['NAME', 'R', 'port']), s:omni(l:first + 1, '    title {{'))
  " and as it is typed
  call cursor(l:first, 1)
  setlocal indentexpr=
  execute "normal! o    prom\<C-x>\<C-o>\<Esc>"
  call assert_equal('    prompt', getline(l:first + 1))
endfunction

function! s:errors() abort
  return map(filter(getqflist(), 'v:val.valid'), '[fnamemodify(bufname(v:val.bufnr), ":t"), v:val.lnum, v:val.col, v:val.vcol, v:val.type, v:val.text]')
endfunction

" the list of a broken Agentfile, by the real program; $REPO is where it is
function! Check_quickfix() abort
  cd $REPO
  compiler agentmake
  call assert_equal('agentmake --check', &makeprg)
  silent make!
  let l:want = [
    \ ['Agentfile', 2, 1, 1, 'E', "unknown statement 'tsk'; did you mean 'task'?"],
    \ ['Agentfile', 5, 9, 1, 'E', "unknown property 'verfy'; did you mean 'verify'?"],
    \ ['Agentfile', 6, 17, 1, 'E', "'retries' takes a number"],
    \ ['Agentfile', 7, 6, 1, 'E', "there is a task 'a' already"],
    \ ['Agentfile', 3, 6, 1, 'N', 'first defined here'],
    \ ['more.agentfile', 1, 1, 1, 'E', "unknown statement 'wrong'"],
    \ ['Agentfile', 1, 9, 1, 'N', 'included here'],
    \ ]
  let l:got = s:errors()
  call assert_equal(sort(map(copy(l:want), 'v:val[0:4]')), sort(map(copy(l:got), 'v:val[0:4]')), string(l:got))
  for l:entry in l:want
    call assert_true(!empty(filter(copy(l:got), 'v:val[:4] == l:entry[:4] && stridx(v:val[5], l:entry[5]) >= 0')), string(l:entry) . ' in ' . string(l:got))
  endfor
  " a display column is no number of bytes: behind a tab it is the 9th
  silent! cc 1
  for l:entry in getqflist()
    if l:entry.lnum == 5
      execute 'cc' index(getqflist(), l:entry) + 1
      call assert_equal([5, 2], [line('.'), col('.')])
    endif
  endfor
endfunction

" lines that agentmake prints otherwise
function! Check_errorformat() abort
  compiler! agentmake
  cgetexpr ['Agentfile:3:1: warning: the loop is empty', 'for X in a', '^', 'agentmake: error: there is no Agentfile here',
    \ 'agentmake: 3 more errors', '(built in):4:5: note: first given here', '    run true', '    ^', 'sandbox: bwrap', './:x:1:2: error: odd']
  let l:list = map(filter(getqflist(), 'v:val.text !=# ""'), '[bufname(v:val.bufnr), v:val.lnum, v:val.vcol ? v:val.col : 0, v:val.type, v:val.text]')
  call assert_equal([['Agentfile', 3, 1, 'W', 'the loop is empty'], ['', 0, 0, 'E', 'there is no Agentfile here'],
    \ ['', 0, 0, 'N', 'agentmake: 3 more errors'], ['', 0, 0, 'N', '(built in):4:5: note: first given here']], l:list[:3])
  call assert_equal([5, 1, 2, 'E', 'odd'], [len(l:list)] + l:list[-1][1:])
endfunction

" every diagnostic of the corpus, and nothing else
function! Check_diagnostics() abort
  compiler! agentmake
  let l:seen = 0
  for l:file in glob($TESTS . '/corpus/*.err', 0, 1)
    let l:want = []
    for l:line in readfile(l:file)
      let l:said = matchlist(l:line, '^\(\.\=[^: ]\+\):\(\d\+\):\(\d\+\): \(error\|warning\|note\): \(.*\)')
      if !empty(l:said)
        call add(l:want, [fnamemodify(l:said[1], ':t'), str2nr(l:said[2]), str2nr(l:said[3]), 1, toupper(l:said[4][0]), l:said[5]])
      elseif l:line =~# '^agentmake: \|^(built in):'
        call add(l:want, ['', 0, 0, 0, l:line =~# ' error: ' ? 'E' : 'N', substitute(l:line, '^agentmake: \a\+: ', '', '')])
      endif
    endfor
    cgetexpr readfile(l:file)
    let l:got = map(filter(getqflist(), 'v:val.text !=# ""'),
      \ '[fnamemodify(bufname(v:val.bufnr), ":t"), v:val.lnum, v:val.col, v:val.vcol, v:val.type, v:val.text]')
    if l:got != l:want
      call add(v:errors, fnamemodify(l:file, ':t') . ': ' . string(l:got) . ' is not ' . string(l:want))
    endif
    let l:seen += len(l:want)
  endfor
  call assert_true(l:seen > 400, l:seen)
endfunction

function! Check_command() abort
  cd $REPO
  edit good.agentfile
  setlocal makeprg=mine errorformat=%m
  silent Agentmake
  call assert_equal([], s:errors())
  call assert_equal(['mine', '%m'], [&l:makeprg, &l:errorformat])
  edit Agentfile
  silent Agentmake!
  call assert_equal(7, len(s:errors()))
  silent Agentmake! --check -f good.agentfile
  call assert_equal([], s:errors())
  " it runs what it is told to
  edit good.agentfile
  silent Agentmake! -y one
  call assert_match('one', system('git log --format=%s agentmake/into/main'))
  " from elsewhere, it is run where the Agentfile is
  cd /
  execute 'edit' $REPO . '/Agentfile'
  silent Agentmake!
  call assert_equal(7, len(s:errors()))
  call assert_equal('/', getcwd())
  cd $REPO
  edit good.agentfile
  call assert_equal(['--check', '--choose', '--claim', '--clean', '--compare', '--complete', '--conflicts'], getcompletion('Agentmake --c', 'cmdline'))
  call assert_equal(['--dry-run', '--dry-run=json', '--dry-run=text'], getcompletion('Agentmake --dry', 'cmdline'))
  call assert_equal(['one', 'only-x', 'only-y'], getcompletion('Agentmake -n o', 'cmdline'))
  call assert_equal(['@quick', '@slow'], getcompletion('Agentmake @', 'cmdline'))
  call assert_true(index(agentmake#options(), '-j') >= 0)
  " without the program: what is in the buffer
  let g:agentmake_program = '/nosuch/agentmake'
  call assert_equal(['one', 'only-*'], getcompletion('Agentmake o', 'cmdline'))
endfunction

function! Check_format() abort
  cd $REPO
  edit new.agentfile
  call setline(1, ['jobs   2', 'task a', '  owns x', '', '', '  prompt', '    Do \it & ~.', '', '      More.', '  verify  make  x', '', ''])
  call cursor(9, 3)
  setlocal makeprg=mine errorformat=%m
  silent Agentmake --fmt
  let l:neat = ['jobs 2', '', 'task a', '    owns  x', '', '    prompt', '        Do \it & ~.', '', '          More.', '    verify  make  x']
  call assert_equal(l:neat, getline(1, '$'))
  call assert_equal('          More.', getline('.'))
  call assert_equal(['mine', '%m'], [&l:makeprg, &l:errorformat])
  " what is formatted is not changed, what is wrong stays
  write
  silent Agentmake! --fmt
  call assert_false(&modified)
  call append(3, '    own y')
  call cursor(1, 1)
  silent! Agentmake! --fmt
  call assert_equal(insert(copy(l:neat), '    own y', 3), getline(1, '$'))
  call assert_equal(['new.agentfile', 4, 5, 'E'], map(getqflist()[:0], '[bufname(v:val.bufnr), v:val.lnum, v:val.col, v:val.type]')[0])
  call assert_equal(1, line('.'))
  silent! Agentmake --fmt
  call assert_equal([4, 5], [line('.'), col('.')])
  call assert_equal(['mine', '%m'], [&l:makeprg, &l:errorformat])
  " without the program
  let g:agentmake_program = '/nosuch/agentmake'
  let l:lines = getline(1, '$')
  silent! Agentmake --fmt
  call assert_equal(l:lines, getline(1, '$'))
  unlet g:agentmake_program
  " with arguments it is for files
  silent Agentmake! --fmt=check good.agentfile
  call assert_match('^this line is expected: ', s:errors()[0][-1])
  edit good.agentfile
  silent Agentmake! --fmt=check
  call assert_match('^this line is expected: ', s:errors()[0][-1])
  call delete('new.agentfile')
endfunction

function! Check_agents() abort
  let l:known = map(systemlist('agentmake -C ' . shellescape($REPO) . ' -f good.agentfile --agents'), 'matchstr(v:val, "^[a-z]\\+")')
  for l:name in agentfile#agents()
    call assert_true(index(l:known, l:name) >= 0, l:name)
  endfor
  let l:built_in = map(filter(readfile(s:prelude), 'v:val =~# "^agent "'), 'split(v:val)[1]')
  call assert_equal(sort(l:built_in), agentfile#agents())
endfunction

function! Check_help() abort
  execute 'helptags' fnameescape($DOC)
  execute 'set runtimepath+=' . fnameescape(fnamemodify($DOC, ':h'))
  let l:tags = map(readfile($DOC . '/tags'), 'split(v:val, "\t")[0]')
  call assert_true(len(l:tags) > 8)
  for l:tag in l:tags
    execute 'help' l:tag
    call assert_match('\*' . escape(l:tag, '[]\*') . '\*', getline('.'), l:tag)
  endfor
  " what it refers to is there
  edit $DOC/agentmake.txt
  for l:line in getline(1, '$')
    for l:link in split(substitute(l:line, '[^|]*\(|[^| ]\+|\)\=', '\1 ', 'g'))
      call assert_true(!empty(taglist('^' . escape(l:link[1:-2], '[]\*~.') . '$')) || index(l:tags, l:link[1:-2]) >= 0, l:link)
    endfor
    call assert_true(strdisplaywidth(l:line) <= 78, l:line)
  endfor
endfunction

function! Check_undo() abort
  execute 'edit' s:sample
  setfiletype agentfile
  set filetype=text
  call assert_equal('', &omnifunc . &indentexpr . &includeexpr)
  call assert_equal('', maparg(']]', 'n') . maparg('gf', 'n') . maparg('[[', 'x'))
endfunction

for s:name in split($CHECK)
  try
    call call('Check_' . s:name, [])
  catch
    call add(v:errors, s:name . ': ' . v:exception . ', ' . v:throwpoint)
  endtry
endfor
call writefile(map(copy(v:errors), 'substitute(v:val, "\n", " ", "g")') + ['done'], $WRONG)
qall!
