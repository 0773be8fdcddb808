# Summarizes Ginkgo's JSON report. $skips is critest.skip: lines of a pattern, a tab, a reason.
# A spec that is skipped for no reason is out of focus, and does not count.
($skips | split("\n") | map(split("\t") | select(length == 2))) as $skips
| [.[].SpecReports[]
	| select(.LeafNodeType == "It")
	| .name = (.ContainerHierarchyTexts + [.LeafNodeText] | join(" "))
	| .reason = ([.name as $name | $skips[] | select(.[0] as $re | $name | test($re))[1]]
		+ [.Failure.Message // empty])[0]
	| select(.State != "skipped" or .reason)]
| "critest: " + (map(.State) | group_by(.) | map("\(length) \(.[0])") | join(", ")),
	(.[] | select(.State != "passed") | "\(.State): \(.name): \(.reason)")
