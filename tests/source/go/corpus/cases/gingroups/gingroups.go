// Package gingroups has groups of gin with middleware.
package gingroups

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func certificate() gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Request.TLS == nil || len(c.Request.TLS.PeerCertificates) == 0 {
			c.AbortWithStatusJSON(http.StatusUnauthorized, gin.H{"error": "no"})
			return
		}
		c.Next()
	}
}

func named(c *gin.Context) {
	if state := c.Request.TLS; state != nil && len(state.PeerCertificates) > 0 {
		c.Set("name", state.PeerCertificates[0].Subject.CommonName)
	}
}

func withName(c *gin.Context) {
	if _, ok := c.Get("name"); !ok {
		c.Abort()
		c.String(http.StatusForbidden, "no")
		return
	}
}

func open(c *gin.Context)   { c.String(http.StatusOK, "open") }
func closed(c *gin.Context) { c.String(http.StatusOK, "closed") }
func inner(c *gin.Context)  { c.String(http.StatusOK, "inner") }
func single(c *gin.Context) { c.String(http.StatusOK, "single") }
func byName(c *gin.Context) { c.String(http.StatusOK, "byName") }

func register(group *gin.RouterGroup) {
	group.GET("", closed)
	below := group.Group("/below")
	{
		below.GET("/inner", inner)
	}
}

// Handler returns the router.
func Handler() http.Handler {
	r := gin.New()
	r.Use(named)
	r.GET("/open", open)
	register(r.Group("/closed", certificate()))
	r.POST("/single", certificate(), single)
	api := r.Group("/api/v1/")
	api.Use(withName)
	api.GET("/named", byName)
	return r.Handler()
}
