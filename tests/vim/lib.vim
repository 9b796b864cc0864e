" What the checks of the Vim files share: see tests/vim.sh. $VIMFILES is the folder, $SAMPLE the sample file.
set nocompatible nomore noswapfile nobackup hidden viminfo= shortmess+=I
execute 'set runtimepath^=' . $VIMFILES
filetype plugin indent on
syntax on
runtime plugin/agentmake.vim

" the buffer's lines, each without its indentation
function! Flattened(lines) abort
  return map(copy(a:lines), 'substitute(v:val, "^\\s*", "", "")')
endfunction

" the lines indented anew
function! Indented(lines) abort
  silent %delete _
  call setline(1, a:lines)
  silent normal! gg=G
  return getline(1, '$')
endfunction

" what differs, the first few lines of it
function! Difference(want, got) abort
  let l:out = []
  for l:i in range(max([len(a:want), len(a:got)]))
    if get(a:want, l:i, '(none)') !=# get(a:got, l:i, '(none)')
      call add(l:out, (l:i + 1) . ': ' . string(get(a:got, l:i, '(none)')) . ' is not ' . string(get(a:want, l:i, '(none)')))
    endif
  endfor
  return l:out[: 4]
endfunction

" The lines with the properties of each block moved by another amount, to either side, and what is in them as well or
" not.
function! Shifted(lines, seed, along) abort
  let l:read = agentfile#read(a:lines, shiftwidth())
  let l:out = []
  let l:by = 0
  for l:i in range(len(a:lines))
    let l:line = a:lines[l:i]
    if l:read.role[l:i] ==# 'stmt' && l:read.place[l:i] !~# 'task\|agent'
      let l:by = (l:i + a:seed) % 10 - 3
    elseif l:read.role[l:i] ==# 'stmt' || (a:along && l:read.role[l:i] =~# 'raw\|words')
      let l:text = matchstr(l:line, '\S.*')
      let l:line = l:text ==# '' ? '' : repeat(' ', strdisplaywidth(matchstr(l:line, '^\s*')) + l:by) . l:text
    endif
    call add(l:out, l:line)
  endfor
  return l:out
endfunction
