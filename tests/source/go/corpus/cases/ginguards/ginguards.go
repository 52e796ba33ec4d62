// Package ginguards has middleware of gin that does not abort.
package ginguards

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func withoutAbort(c *gin.Context) {
	if c.Request.TLS == nil || len(c.Request.TLS.PeerCertificates) == 0 {
		c.JSON(http.StatusUnauthorized, gin.H{"error": "no"})
		return
	}
	c.Next()
}

func withoutReturn(c *gin.Context) {
	if c.Request.TLS == nil || len(c.Request.TLS.PeerCertificates) == 0 {
		c.AbortWithStatus(http.StatusUnauthorized)
	}
	c.Next()
}

func afterwards(c *gin.Context) {
	c.Next()
	if c.Request.TLS == nil || len(c.Request.TLS.PeerCertificates) == 0 {
		c.AbortWithStatus(http.StatusUnauthorized)
	}
}

func byHeader(c *gin.Context) {
	if c.GetHeader("X-SSL-Client-Verify") != "SUCCESS" {
		c.AbortWithStatus(http.StatusForbidden)
		return
	}
}

func a(c *gin.Context) { c.Header("X-Handler", "a"); c.String(http.StatusOK, "a") }
func b(c *gin.Context) { c.String(http.StatusOK, "b") }
func d(c *gin.Context) { c.String(http.StatusOK, "d") }
func e(c *gin.Context) { c.String(http.StatusOK, "e") }
func f(c *gin.Context) {
	if c.Request.TLS == nil || len(c.Request.TLS.PeerCertificates) == 0 {
		c.String(http.StatusForbidden, "no")
		return
	}
	c.String(http.StatusOK, "f")
}

// Handler returns the router.
func Handler() http.Handler {
	r := gin.New()
	r.GET("/a", withoutAbort, a)
	r.GET("/b", withoutReturn, b)
	r.GET("/d", afterwards, d)
	r.GET("/e", byHeader, e)
	r.GET("/f", f)
	return r
}
