// Nothing to call: that VisibleMutex is linked is enough.
