// The gRPC server of tests/servers/go, by grpc-go: this file stands in for grpc.go there.
package main

import (
	"context"
	"net/http"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
)

// services says which calls need a verified chain.
type services struct{ unary, stream bool }

var besides = map[string]services{
	"grpc-guarded":      {true, true},
	"grpc-streams-open": {true, false},
}

func (s services) beside(api http.Handler) http.Handler {
	var options []grpc.ServerOption
	if s.unary {
		options = append(options, grpc.UnaryInterceptor(unary))
	}
	if s.stream {
		options = append(options, grpc.StreamInterceptor(stream))
	}
	server := grpc.NewServer(options...)
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	reflection.Register(server)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
			server.ServeHTTP(w, r)
		} else {
			api.ServeHTTP(w, r)
		}
	})
}

func unary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := requireChain(ctx); err != nil {
		return nil, err
	}
	return handler(ctx, request)
}

func stream(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := requireChain(stream.Context()); err != nil {
		return err
	}
	return handler(server, stream)
}

func requireChain(ctx context.Context) error {
	if caller, ok := peer.FromContext(ctx); ok {
		if info, ok := caller.AuthInfo.(credentials.TLSInfo); ok && len(info.State.VerifiedChains) > 0 {
			return nil
		}
	}
	return status.Error(codes.Unauthenticated, "client certificate required")
}
