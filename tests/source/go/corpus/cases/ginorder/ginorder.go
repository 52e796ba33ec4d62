// Package ginorder adds middleware after routes.
package ginorder

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func certificate(c *gin.Context) {
	if c.Request.TLS == nil || len(c.Request.TLS.PeerCertificates) == 0 {
		c.AbortWithStatus(http.StatusUnauthorized)
	}
}

func early(c *gin.Context) { c.String(http.StatusOK, "early") }
func late(c *gin.Context)  { c.String(http.StatusOK, "late") }
func older(c *gin.Context) { c.String(http.StatusOK, "older") }
func newer(c *gin.Context) { c.String(http.StatusOK, "newer") }

// Handler returns the router.
func Handler() http.Handler {
	r := gin.New()
	old := r.Group("/old")
	r.GET("/early", early)
	r.Use(certificate)
	r.GET("/late", late)
	old.GET("/route", older)
	r.Group("/new").GET("/route", newer)
	return r
}
