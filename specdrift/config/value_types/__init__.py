"""Types of configuration values: conversion, JSON Schema, wording."""
