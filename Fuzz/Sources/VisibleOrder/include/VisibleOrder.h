// Nothing to call: that VisibleOrder is linked is enough.
