"""Phone numbers as people type them."""


def as_typed(phone: str) -> str:
    """Write a number in one of the ways that people do, always the same one for one number."""
    if len(phone) != 11 or not phone.startswith("1"):
        return phone
    match int(phone[-2:]) % 4:
        case 0:
            return f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}"
        case 1:
            return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
        case 2:
            return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
        case _:
            return phone
