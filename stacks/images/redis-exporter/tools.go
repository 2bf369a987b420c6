//go:build tools

// Package tools names what this recipe builds, so that go.mod and go.sum cover exactly that.
package tools

import (
	_ "github.com/oliver006/redis_exporter"
)
