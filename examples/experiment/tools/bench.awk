BEGIN {
	for (i = 1; i <= 1000; i++)
		list[i] = i
	for (i = 1; i <= 1000; i++)
		find(list, 1000, i)
	print int(1000 * 1000 / compared)
}
