// Command paths serves one gRPC method by grpc-go's own transport, with a policy that compares the path of the call.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const service = "reports.v1.Reports"

func main() {
	cert := flag.String("cert", "", "")
	key := flag.String("key", "", "")
	clientCA := flag.String("client-ca", "", "")
	flag.Parse()
	pair := must(tls.LoadX509KeyPair(*cert, *key))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(must(os.ReadFile(*clientCA)))
	server := grpc.NewServer(
		grpc.Creds(credentials.NewTLS(&tls.Config{
			Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.VerifyClientCertIfGiven,
		})),
		grpc.UnaryInterceptor(policy))
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: service,
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Get", Handler: get}},
	}, nil)
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	fmt.Printf("listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	panic(server.Serve(listener))
}

func get(_ any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor) (any, error) {
	request := new(emptypb.Empty)
	if err := decode(request); err != nil {
		return nil, err
	}
	path, _ := grpc.Method(ctx)
	return intercept(ctx, request, &grpc.UnaryServerInfo{FullMethod: path}, func(context.Context, any) (any, error) {
		return wrapperspb.String("quarterly report 48213-KX of Larkspur Holdings"), nil
	})
}

// policy denies the service to callers without a certificate, by its path, and allows what it does not list.
func policy(ctx context.Context, request any, call *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if strings.HasPrefix(call.FullMethod, "/"+service+"/") && !hasCertificate(ctx) {
		return nil, status.Error(codes.Unauthenticated, "client certificate required")
	}
	return handle(ctx, request)
}

func hasCertificate(ctx context.Context) bool {
	caller, _ := peer.FromContext(ctx)
	info, ok := caller.AuthInfo.(credentials.TLSInfo)
	return ok && len(info.State.VerifiedChains) > 0
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
