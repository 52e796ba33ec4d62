package main

import (
	"encoding/binary"
	"net/http"
	"strings"
)

// services is a gRPC server on the listener of the API, as grpc-go's ServeHTTP is one. It answers with the exact framing
// of "gRPC over HTTP2": a prefixed message, and the status in trailers, or in the head without a body.
type services struct {
	unary, stream, orders guard
}

// besides holds the gRPC server of each variant that has one.
var besides = map[string]services{
	"grpc-guarded":        {verified, verified, verified},
	"grpc-streams-open":   {verified, open, verified},
	"grpc-orders-open":    {verified, verified, open},
	"grpc-orders-guarded": {verified, verified, verified},
}

const (
	grpcOK              = "0"
	grpcUnimplemented   = "12"
	grpcUnauthenticated = "16"
)

// beside serves gRPC by its media type and the API otherwise.
func (s services) beside(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
			s.ServeHTTP(w, r)
		} else {
			api.ServeHTTP(w, r)
		}
	})
}

func (s services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "invalid gRPC request method", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/grpc")
	serving, listed := []byte{8, 1}, member(6, member(1, member(1, []byte("grpc.health.v1.Health"))))
	switch r.URL.Path {
	case "/grpc.health.v1.Health/Check":
		call(w, r, s.unary, serving)
	case "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo":
		call(w, r, s.stream, listed)
	case "/shop.v1.Orders/List":
		call(w, r, s.orders, member(1, []byte("order 7")))
	default:
		w.Header().Set("Grpc-Status", grpcUnimplemented)
	}
}

func call(w http.ResponseWriter, r *http.Request, allowed guard, message []byte) {
	if !allowed(r) {
		w.Header().Set("Grpc-Status", grpcUnauthenticated)
		return
	}
	w.Header().Set("Trailer", "Grpc-Status")
	w.Write(append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...))
	w.Header().Set("Grpc-Status", grpcOK)
}

// member encodes a field of wire type 2 (Protocol Buffers) whose content is shorter than 128 bytes.
func member(number byte, content []byte) []byte {
	return append([]byte{number<<3 | 2, byte(len(content))}, content...)
}
