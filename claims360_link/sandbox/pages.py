"""The pages of a person who uses Claims360."""

from flask import Blueprint

pages = Blueprint("pages", __name__)
