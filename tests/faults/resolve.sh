# Both sides of the list, in order.
grep -v '^[<=>|]' list | sort -u >list.new && mv list.new list
