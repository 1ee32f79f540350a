"""How an app is told who the subject is; one file a driver."""
