// Package answer writes the name of a handler.
package answer

import (
	"io"
	"net/http"
)

// With answers with a name.
func With(w http.ResponseWriter, name string) {
	io.WriteString(w, name)
}
