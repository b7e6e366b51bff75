LAYOUTS = {}


def layout(t, d):
    return ("", [])
