BEGIN {
	for (i = 1; i <= 9; i++)
		list[i] = 10 * i
	print find(list, 9, 10), find(list, 9, 50), find(list, 9, 90), find(list, 9, 5), find(list, 9, 55),
		find(list, 9, 95)
}
