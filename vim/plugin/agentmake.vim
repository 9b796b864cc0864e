" :Agentmake [ARGUMENT…] runs agentmake, and puts what it says about the Agentfile into the quickfix list.
if exists('g:loaded_agentmake')
  finish
endif
let g:loaded_agentmake = 1

command! -nargs=* -bang -bar -complete=customlist,agentmake#complete Agentmake call agentmake#run(<bang>0, <q-args>)
