// Package gins has a router of gin.
package gins

import (
	"net/http"

	"example.com/corpus/answer"
	"github.com/gin-gonic/gin"
)

func list(c *gin.Context)   { c.String(http.StatusOK, "list") }
func create(c *gin.Context) { c.String(http.StatusOK, "create") }
func get(c *gin.Context)    { c.String(http.StatusOK, "get") }
func files(c *gin.Context)  { c.String(http.StatusOK, "files") }
func every(c *gin.Context)  { c.String(http.StatusOK, "every") }
func some(c *gin.Context)   { c.String(http.StatusOK, "some") }
func named(c *gin.Context)  { c.String(http.StatusOK, "named") }

func plain(w http.ResponseWriter, r *http.Request) { answer.With(w, "plain") }
func muxed(w http.ResponseWriter, r *http.Request) { answer.With(w, "muxed") }
func missing(c *gin.Context)                       { c.String(http.StatusOK, "missing") }

// Handler returns the router.
func Handler() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(gin.Recovery())
	r.GET("/items", list)
	r.POST("/items", create)
	r.GET("/items/:id", get)
	r.GET("/files/*path", files)
	r.Any("/every", every)
	r.Match([]string{"GET", "PUT"}, "/some", some)
	r.Handle("DELETE", "/named", named)
	r.GET("/plain", gin.WrapF(plain))
	mux := http.NewServeMux()
	mux.HandleFunc("/mux/inner", muxed)
	r.Any("/mux/*any", gin.WrapH(mux))
	r.Group("/last", named).GET("/one")
	r.NoRoute(missing)
	return r
}
