"""Embedded Tomcat, and Spring Boot with Spring Security: Java's own TLS, which sends certificate_unknown."""
