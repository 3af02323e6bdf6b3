package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// An object as JSON has it. Nobody changes one: a new version comes in its place.
type object map[string]any

// at is the value at a path of keys, or nil.
func (o object) at(path ...string) any {
	var value any = map[string]any(o)
	for _, key := range path {
		fields, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = fields[key]
	}
	return value
}

func (o object) has(path ...string) bool { return o.at(path...) != nil }

func (o object) text(path ...string) string {
	text, _ := o.at(path...).(string)
	return text
}

func (o object) flag(path ...string) bool {
	flag, _ := o.at(path...).(bool)
	return flag
}

// number is the whole number at a path, or `otherwise`.
func (o object) number(otherwise int, path ...string) int {
	if number, ok := o.at(path...).(float64); ok {
		return int(number)
	}
	return otherwise
}

func (o object) object(path ...string) object {
	fields, _ := o.at(path...).(map[string]any)
	return fields
}

func (o object) list(path ...string) []object {
	items, _ := o.at(path...).([]any)
	var list []object
	for _, item := range items {
		if fields, ok := item.(map[string]any); ok {
			list = append(list, fields)
		}
	}
	return list
}

func (o object) texts(path ...string) []string {
	items, _ := o.at(path...).([]any)
	var texts []string
	for _, item := range items {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

func (o object) name() string                 { return o.text("metadata", "name") }
func (o object) namespace() string            { return o.text("metadata", "namespace") }
func (o object) label(key string) string      { return o.text("metadata", "labels", key) }
func (o object) annotation(key string) string { return o.text("metadata", "annotations", key) }
func (o object) dying() bool                  { return o.has("metadata", "deletionTimestamp") }

func (o object) made() time.Time {
	made, _ := time.Parse(time.RFC3339, o.text("metadata", "creationTimestamp"))
	return made
}

// key tells objects of one kind apart.
func key(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

func (o object) key() string { return key(o.namespace(), o.name()) }

// condition is the condition of a type, or nil.
func (o object) condition(kind string) object {
	for _, condition := range o.list("status", "conditions") {
		if condition.text("type") == kind {
			return condition
		}
	}
	return nil
}

func (o object) isTrue(condition string) bool { return o.condition(condition).text("status") == "True" }

// isOwnedBy: the controller that made it is of this kind.
func (o object) isOwnedBy(kind string) bool {
	for _, owner := range o.list("metadata", "ownerReferences") {
		if owner.text("kind") == kind {
			return true
		}
	}
	return false
}

// owner is what an object carries that `of` made, so that it goes when `of` goes.
func owner(kind kind, of object) []any {
	return []any{map[string]any{
		"apiVersion": kind.apiVersion(), "kind": kind.name, "name": of.name(), "uid": of.text("metadata", "uid"),
		"controller": true, "blockOwnerDeletion": true,
	}}
}

// toObject turns what Go wrote down into what JSON would have.
func toObject(value any) object {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("it is made of plain values: %v", err))
	}
	var made object
	if err := json.Unmarshal(text, &made); err != nil {
		panic(fmt.Sprintf("it is an object: %v", err))
	}
	return made
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }
