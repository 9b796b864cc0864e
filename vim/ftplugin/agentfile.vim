" Vim filetype plugin
" Language: Agentfile
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1
let s:save = &cpoptions
set cpoptions&vim

setlocal comments=b:# commentstring=#\ %s
setlocal formatoptions-=t formatoptions+=croql
setlocal include=^\\s*include?\\=\\s\\+
setlocal define=^\\s*task\\s\\+
setlocal suffixesadd=.agentfile
setlocal includeexpr=agentfile#include(v:fname)
setlocal omnifunc=agentfile#omni
let &l:path = '.,' . escape(agentfile#root(), ' ,\') . ','
let b:undo_ftplugin = 'setlocal comments< commentstring< formatoptions< include< define< suffixesadd< includeexpr< omnifunc< path<'

" as the file is indented already, else by four blanks
let s:first = search('^\%(task\|defaults\|for\|agent\)\>.*[^\\]\n\zs\s\+[^[:blank:]#]', 'cnw')
if s:first && getline(s:first) =~# '^\t'
  setlocal noexpandtab shiftwidth=0 softtabstop=0
else
  setlocal expandtab
  let &l:shiftwidth = s:first && indent(s:first) <= 8 ? indent(s:first) : 4
  let &l:softtabstop = &l:shiftwidth
endif
unlet s:first
let b:undo_ftplugin .= ' | setlocal expandtab< shiftwidth< softtabstop<'

" of files that are very long, reading them for the folds takes too long
if get(g:, 'agentfile_folding', 1) && line('$') < 10000
  setlocal foldmethod=expr foldexpr=agentfile#fold(v:lnum) foldtext=agentfile#foldtext()
  if &l:foldlevel == 0 && &foldlevelstart < 0
    setlocal foldlevel=99
  endif
  let b:undo_ftplugin .= ' | setlocal foldmethod< foldexpr< foldtext< foldlevel<'
endif

if !get(g:, 'no_plugin_maps') && !get(g:, 'no_agentfile_maps')
  nnoremap <buffer> <silent> gf :<C-u>call agentfile#go('gf')<CR>
  nnoremap <buffer> <silent> <C-w>f :<C-u>call agentfile#go('split')<CR>
  for s:mode in ['n', 'x', 'o']
    execute s:mode . 'noremap <buffer> <silent> ]] :<C-u>call agentfile#jump(1, "' . s:mode . '")<CR>'
    execute s:mode . 'noremap <buffer> <silent> [[ :<C-u>call agentfile#jump(-1, "' . s:mode . '")<CR>'
  endfor
  unlet s:mode
  let b:undo_ftplugin .= ' | silent! execute "nunmap <buffer> gf" | silent! execute "nunmap <buffer> <C-w>f"'
    \ . ' | silent! execute "unmap <buffer> ]]" | silent! execute "unmap <buffer> [["'
endif

let &cpoptions = s:save
unlet s:save
