"""Who a request comes from and what they may do. All but `access` and `signing` is imported only where there are
accounts."""
