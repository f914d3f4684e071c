"""``remit drill``: does it stop, yield and recover?"""
