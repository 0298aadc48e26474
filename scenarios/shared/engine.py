"""SQLAlchemy on psycopg 3, with its own pool; ``Session`` is its session of the ORM."""

import os

from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1))
Session = sessionmaker(engine, expire_on_commit=False)
