//go:build tools

// Package tools names what this recipe builds, so that go.mod and go.sum cover exactly that.
package tools

import (
	_ "github.com/mongodb/mongo-tools/mongodump/main"
	_ "github.com/mongodb/mongo-tools/mongorestore/main"
)
