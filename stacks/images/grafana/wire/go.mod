module stackctl.invalid/images/wire

go 1.20

require github.com/google/wire v0.5.0

require (
	github.com/google/subcommands v1.0.1 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	golang.org/x/tools v0.0.0-20190422233926-fe54fb35175b // indirect
)
