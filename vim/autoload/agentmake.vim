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

" Runs `:make` with the compiler's errorformat. Without arguments the Agentfile is checked and nothing is run; with !
" the cursor stays where it is.
function! agentmake#run(stay, arguments) abort
  let l:program = shellescape(s:program())
  let l:file = a:arguments =~# '\%(^\|\s\)\%(-f\|--file\)' ? [] : s:file()
  let l:command = join([l:program] + map(l:file, 'shellescape(v:val)'))
  let l:folder = s:folder()
  let l:was = getcwd()
  let l:save = [&l:makeprg, &l:errorformat, get(b:, 'current_compiler', '')]
  let l:buffer = bufnr('%')
  unlet! b:current_compiler
  try
    compiler agentmake
    let &l:makeprg = escape(l:command, '%#|')
    call s:go_to(l:folder)
    execute 'make' . (a:stay ? '!' : '') escape(a:arguments ==# '' ? '--check' : a:arguments, '|')
  finally
    call s:go_to(l:was)
    call setbufvar(l:buffer, '&makeprg', l:save[0])
    call setbufvar(l:buffer, '&errorformat', l:save[1])
    call setbufvar(l:buffer, 'current_compiler', l:save[2])
    if l:save[2] ==# ''
      call remove(getbufvar(l:buffer, ''), 'current_compiler')
    endif
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
