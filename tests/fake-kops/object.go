package main

import (
	"encoding/json"
	"strconv"

	"sigs.k8s.io/yaml"
)

// An object is a decoded document: maps, lists, strings, numbers.
type object = map[string]any

// at follows keys down to a value; nil where one is missing.
func at(value any, keys ...string) any {
	for _, key := range keys {
		fields, ok := value.(object)
		if !ok {
			return nil
		}
		value = fields[key]
	}
	return value
}

// text is the string, number or truth value there, as it would be written; "" where there is none.
func text(value any, keys ...string) string {
	switch found := at(value, keys...).(type) {
	case string:
		return found
	case json.Number:
		return found.String()
	case bool:
		return strconv.FormatBool(found)
	}
	return ""
}

func list(value any, keys ...string) []any {
	found, _ := at(value, keys...).([]any)
	return found
}

func texts(value any, keys ...string) []string {
	var all []string
	for _, item := range list(value, keys...) {
		all = append(all, text(item))
	}
	return all
}

func number(value any, fallback int, keys ...string) int {
	found, err := strconv.Atoi(text(value, keys...))
	if err != nil {
		return fallback
	}
	return found
}

func fields(value any, keys ...string) object {
	found, _ := at(value, keys...).(object)
	return found
}

// setDefault sets a key that is missing.
func setDefault(fields object, key string, value any) {
	if _, there := fields[key]; !there {
		fields[key] = value
	}
}

func parseYAML(content []byte) (object, error) {
	var parsed object
	numbers := func(decoder *json.Decoder) *json.Decoder {
		decoder.UseNumber()
		return decoder
	}
	return parsed, yaml.Unmarshal(content, &parsed, numbers)
}

func writeYAML(value any) string {
	text, err := yaml.Marshal(value)
	if err != nil {
		panic(err) // what was parsed can be written
	}
	return string(text)
}

func nameOf(o object) string { return text(o, "metadata", "name") }
