module virtualized

go 1.21
