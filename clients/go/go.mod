module localtracker

go 1.19
