// Command pulumi-resource-kubernetes serves the official Pulumi Kubernetes provider.
//
// The provider's own main embeds files that its release process generates; this one embeds
// the published schema (copied out of the provider's module before the build) instead.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, []byte("{}"))
}
