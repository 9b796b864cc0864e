" :Agentmake, and what can be written behind it.
let s:save = &cpoptions
set cpoptions&vim

function! s:program() abort
  return get(g:, 'agentmake_program', 'agentmake')
endfunction

" The folder of the Agentfile in this window, else the present one.
function! s:folder() abort
  return &filetype ==# 'agentfile' && expand('%') !=# '' ? expand('%:p:h') : getcwd()
endfunction

" -f FILE, where the file in this window is one with another name
function! s:file() abort
  return &filetype ==# 'agentfile' && expand('%:e') ==# 'agentfile' ? ['-f', expand('%:t')] : []
endfunction

" changes the folder of the window, the tab page or of all, whichever it has
function! s:go_to(folder) abort
  if exists('*chdir')
    call chdir(a:folder)
  else
    execute (haslocaldir() ? 'lcd' : 'cd') fnameescape(a:folder)
  endif
endfunction

" Takes the compiler's options; returns what they were, for s:give_back.
function! s:take_options() abort
  let l:save = [bufnr('%'), &l:makeprg, &l:errorformat, get(b:, 'current_compiler', '')]
  unlet! b:current_compiler
  compiler agentmake
  return l:save
endfunction

function! s:give_back(save) abort
  call setbufvar(a:save[0], '&makeprg', a:save[1])
  call setbufvar(a:save[0], '&errorformat', a:save[2])
  call setbufvar(a:save[0], 'current_compiler', a:save[3])
  if a:save[3] ==# ''
    call remove(getbufvar(a:save[0], ''), 'current_compiler')
  endif
endfunction

" Puts the lines into the buffer. The cursor stays on its text, which as many lines with text stand before as did.
function! s:replace_all(lines) abort
  let l:before = len(filter(getline(1, line('.') - 1), 'v:val =~# "\\S"'))
  let l:view = winsaveview()
  if len(a:lines) < line('$')
    silent execute 'keepjumps' (len(a:lines) + 1) . ',$delete _'
  endif
  call setline(1, a:lines)
  let l:filled = filter(range(1, line('$')), 'getline(v:val) =~# "\\S"')
  let l:lnum = get(l:filled, l:before, line('$'))
  let l:view.topline += l:lnum - l:view.lnum
  let l:view.lnum = l:lnum
  call winrestview(l:view)
endfunction

" Formats the buffer, written or not. Where its syntax is wrong it stays as it is, and what is wrong goes to the
" quickfix list.
function! agentmake#format(stay) abort
  let l:errors = tempname()
  let l:name = bufname('%')
  let l:lines = systemlist(shellescape(s:program()) . ' --fmt - 2>' . shellescape(l:errors), getline(1, '$'))
  let l:failed = v:shell_error
  let l:said = map(readfile(l:errors), 'substitute(v:val, "^<stdin>\\ze:", escape(l:name, "\\&~"), "")')
  call delete(l:errors)
  if l:failed
    let l:save = s:take_options()
    call setqflist([], ' ', {'lines': l:said, 'efm': &l:errorformat, 'title': ':Agentmake --fmt'})
    call s:give_back(l:save)
    if !a:stay && !empty(filter(getqflist(), 'v:val.valid'))
      cfirst
    endif
    echohl ErrorMsg | echomsg 'not formatted: ' . get(l:said, 0, s:program() . ' cannot be run') | echohl None
  elseif l:lines !=# getline(1, '$') && l:lines !=# []
    call s:replace_all(l:lines)
  endif
endfunction

" Runs `:make` with the compiler's errorformat. Without arguments the Agentfile is checked and nothing is run; with !
" the cursor stays where it is. In an Agentfile, --fmt alone is for the buffer.
function! agentmake#run(stay, arguments) abort
  if &filetype ==# 'agentfile' && a:arguments =~# '^\s*--fmt\s*$'
    return agentmake#format(a:stay)
  endif
  let l:program = shellescape(s:program())
  let l:file = a:arguments =~# '\%(^\|\s\)\%(-f\|--file\|--fmt\S*\s\+\S\)' ? [] : s:file()
  let l:command = join([l:program] + map(l:file, 'shellescape(v:val)'))
  let l:folder = s:folder()
  let l:was = getcwd()
  let l:save = s:take_options()
  try
    let &l:makeprg = escape(l:command, '%#|')
    call s:go_to(l:folder)
    execute 'make' . (a:stay ? '!' : '') escape(a:arguments ==# '' ? '--check' : a:arguments, '|')
  finally
    call s:go_to(l:was)
    call s:give_back(l:save)
  endtry
endfunction

" what the program prints, as lines; it runs nothing of the Agentfile
function! s:ask(arguments) abort
  if !executable(s:program())
    return []
  endif
  let l:words = [s:program(), '-C', s:folder()] + a:arguments
  let l:lines = systemlist(join(map(l:words, 'shellescape(v:val)')) . ' 2>/dev/null')
  return v:shell_error ? [] : l:lines
endfunction

" the options, from --help
function! agentmake#options() abort
  let l:options = []
  for l:line in s:ask(['--help'])
    let l:names = matchlist(l:line, '^  \%(\(-\a\), \|    \)\(--[a-z-]\+\)\(\[\==[^ ]*\)\=')
    if empty(l:names)
      continue
    endif
    call extend(l:options, filter([l:names[1], l:names[2]], 'v:val !=# ""'))
    for l:value in split(matchstr(l:names[3], '=\zs[a-z|]\+'), '|')
      call add(l:options, l:names[2] . '=' . l:value)
    endfor
  endfor
  return uniq(sort(l:options))
endfunction

" Task names as agentmake knows them, else those in the buffer.
function! agentmake#tasks() abort
  let l:text = join(s:ask(s:file() + ['--graph=json']), '')
  if l:text !=# ''
    try
      return map(json_decode(l:text).tasks, 'v:val.name')
    catch
    endtry
  endif
  return &filetype ==# 'agentfile' ? agentfile#names() : []
endfunction

" the tags of the Agentfile, with an @
function! agentmake#tags() abort
  let l:path = s:folder() . '/Agentfile'
  let l:lines = &filetype ==# 'agentfile' ? getline(1, '$') : filereadable(l:path) ? readfile(l:path) : []
  let l:tags = []
  let l:depth = -1
  for l:line in l:lines
    if l:line =~# '^\s*tags+\=\%(\s\|$\)'
      let l:depth = strdisplaywidth(matchstr(l:line, '^\s*'))
      let l:words = matchstr(l:line, '^\s*tags+\=\s\+\zs.*')
    elseif l:depth >= 0 && l:line =~# '\S' && strdisplaywidth(matchstr(l:line, '^\s*')) > l:depth
      let l:words = l:line
    else
      let l:depth = -1
      continue
    endif
    call extend(l:tags, map(split(substitute(l:words, '\%(^\|\s\)#.*', '', '')), '"@" . v:val'))
  endfor
  return uniq(sort(l:tags))
endfunction

function! agentmake#complete(lead, line, position) abort
  let l:all = a:lead =~# '^-' ? agentmake#options() : a:lead =~# '^@' ? agentmake#tags()
    \ : agentmake#tasks() + (a:lead ==# '' ? agentmake#tags() + agentmake#options() : [])
  return filter(l:all, 'strpart(v:val, 0, len(a:lead)) ==# a:lead')
endfunction

let &cpoptions = s:save
unlet s:save
