package main

import (
	"fmt"
	"slices"
	"strings"
)

// A change is a task that the cloud does not have, or has otherwise.
type change struct {
	wanted *task
	// What there is; nil where the task is new.
	there *task
}

// changes compares what is wanted with what there is.
func (w *cloud) changes(wanted []*task) []change {
	var all []change
	for _, task := range wanted {
		there, ok := w.Tasks[task.Key]
		if !ok {
			all = append(all, change{task, nil})
			continue
		}
		for _, field := range task.Fields {
			if value, has := there.field(field.Name); !has || value != field.Value {
				all = append(all, change{task, there})
				break
			}
		}
	}
	return all
}

// report is the dry run's text.
func (w *cloud) report(changes []change, deferred, immediate []string) string {
	var made, changed strings.Builder
	for _, change := range changes {
		if change.there == nil {
			w.describeNew(&made, change.wanted)
		} else {
			w.describeChanged(&changed, change)
		}
	}
	var text strings.Builder
	section := func(title, content string) {
		if content != "" {
			text.WriteString(title + ":\n" + content)
		}
	}
	section("Will create resources", made.String())
	section("Will modify resources", changed.String())
	section("Items will be deleted only when the --prune flag is specified", items(deferred))
	section("Items will be deleted during update", items(immediate))
	return text.String()
}

func (w *cloud) describeNew(out *strings.Builder, t *task) {
	fmt.Fprintf(out, "  %s\n", t.Key)
	for _, field := range t.Fields {
		if !field.Lines {
			fmt.Fprintf(out, "  \t%-20s\t%s\n", field.Name, resolve(field.Value, w.IDs))
		}
	}
	out.WriteString("\n")
}

func (w *cloud) describeChanged(out *strings.Builder, change change) {
	fmt.Fprintf(out, "  %s\n", change.wanted.Key)
	for _, field := range change.wanted.Fields {
		old, has := change.there.field(field.Name)
		switch {
		case has && old == field.Value:
		case field.Lines:
			fmt.Fprintf(out, "  \t%-20s\n", field.Name)
			for _, line := range strings.Split(difference(old, field.Value), "\n") {
				fmt.Fprintf(out, "  \t%-20s\t%s\n", "", line)
			}
		default:
			shown := "<nil>"
			if has {
				shown = resolve(old, w.IDs)
			}
			fmt.Fprintf(out, "  \t%-20s\t %s -> %s\n", field.Name, shown, resolve(field.Value, w.IDs))
		}
	}
	out.WriteString("\n")
}

// items are lines `TASK ITEM`.
func items(all []string) string {
	var text strings.Builder
	for _, one := range slices.Sorted(slices.Values(all)) {
		kind, item, _ := strings.Cut(one, " ")
		fmt.Fprintf(&text, "  %-20s %s\n", kind, item)
	}
	if len(all) > 0 {
		text.WriteString("\n")
	}
	return text.String()
}

// difference shows two texts line by line: new lines before old ones, pair by pair, with two lines around and
// dots for what is left out.
func difference(old, new string) string {
	lines := compare(strings.Split(old, "\n"), strings.Split(new, "\n"))
	kept := make([]bool, len(lines))
	for index, line := range lines {
		if line[0] == ' ' {
			continue
		}
		for near := max(0, index-2); near <= min(len(lines)-1, index+2); near++ {
			kept[near] = true
		}
	}
	var text strings.Builder
	for index, line := range lines {
		if kept[index] {
			text.WriteString(line + "\n")
		} else if index == 0 || kept[index-1] {
			text.WriteString("...\n")
		}
	}
	return text.String()
}

// compare marks lines with `  `, `+ ` and `- `. Lines that both texts have are found as early as can be.
func compare(old, new []string) []string {
	lengths := make([][]int, len(old)+1)
	for index := range lengths {
		lengths[index] = make([]int, len(new)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(new) - 1; j >= 0; j-- {
			if old[i] == new[j] {
				lengths[i][j] = lengths[i+1][j+1] + 1
			} else {
				lengths[i][j] = max(lengths[i+1][j], lengths[i][j+1])
			}
		}
	}
	var lines, gone, come []string
	flush := func() {
		for index := range max(len(gone), len(come)) {
			if index < len(come) {
				lines = append(lines, "+ "+come[index])
			}
			if index < len(gone) {
				lines = append(lines, "- "+gone[index])
			}
		}
		gone, come = nil, nil
	}
	i, j := 0, 0
	for i < len(old) || j < len(new) {
		switch {
		case i < len(old) && j < len(new) && old[i] == new[j]:
			flush()
			lines = append(lines, "  "+old[i])
			i, j = i+1, j+1
		case j < len(new) && (i == len(old) || lengths[i][j+1] >= lengths[i+1][j]):
			come = append(come, new[j])
			j++
		default:
			gone = append(gone, old[i])
			i++
		}
	}
	flush()
	return lines
}
